//! A server that answers as AWS's query API does, from recorded shapes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// One answer: a status, and an XML document.
pub(crate) type Reply = (u16, String);

/// What was asked: the action, and where the page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) action: String,
    pub(crate) marker: Option<String>,
    /// The whole form.
    pub(crate) form: String,
}

/// It answers until the test's process ends; its threads hold nothing but their connections.
pub(crate) struct AwsStub {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl AwsStub {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), asked.clone());
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (answer, log) = (answer.clone(), log.clone());
                thread::spawn(move || serve(&connection, &*answer, &log));
            }
        });
        Self { url, asked }
    }

    /// Every question so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(connection: &TcpStream, answer: &dyn Fn(&Asked) -> Reply, log: &Mutex<Vec<Asked>>) {
    let mut requests = BufReader::new(connection);
    while let Some(form) = next_form(&mut requests) {
        let field = |name: &str| {
            let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
        };
        let (action, marker) = (field("Action").unwrap_or_default(), field("Marker"));
        let asked = Asked { action, marker: marker.or_else(|| field("NextToken")), form };
        log.lock().unwrap().push(asked.clone());
        let (status, body) = answer(&asked);
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut to = connection;
        if to.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn next_form(requests: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if requests.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    requests.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

/// A successful answer with `content` inside its result.
pub(crate) fn result(action: &str, content: &str) -> Reply {
    let body = format!(
        "<{action}Response xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\">\
         <{action}Result>{content}</{action}Result>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
    );
    (200, body)
}

/// A refusal.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    );
    (status, body)
}
