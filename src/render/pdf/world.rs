//! What typst may see: one template, one data file, the bundled fonts. No disk, network or clock.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

use crate::render::fonts;

/// The library and the fonts, which are the same for every report.
static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let load =
        |file: &'static [u8]| Font::new(Bytes::new(file), 0).expect("the bundled fonts are sound");
    let fonts = [fonts::REGULAR, fonts::BOLD].map(load);
    Shared {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: [Font; 2],
}

/// One template with its data.
pub(super) struct Desk {
    template: Source,
    data_id: FileId,
    data: Bytes,
}

impl Desk {
    /// `template` reads `data` as `report.json`.
    pub(super) fn new(template: &str, data: Vec<u8>) -> Self {
        let template = Source::new(file_id("report.typ"), template.to_owned());
        Self { template, data_id: file_id("report.json"), data: Bytes::new(data) }
    }

    /// The template.
    pub(super) fn template(&self) -> &Source {
        &self.template
    }
}

fn file_id(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("a plain name is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &SHARED.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &SHARED.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(not_here(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data_id { Ok(self.data.clone()) } else { Err(not_here(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        SHARED.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn not_here(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}
