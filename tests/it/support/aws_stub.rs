//! A server that answers as AWS's APIs do, in XML, JSON and CBOR, from recorded shapes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::cbor;

/// One answer: a status, and an XML document or, to a question in JSON or CBOR, a JSON document.
pub(crate) type Reply = (u16, String);

/// The status of no answer: the connection ends.
pub(crate) const HANG_UP: u16 = 0;

/// What was asked: the action, and where the page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) action: String,
    pub(crate) marker: Option<String>,
    /// The whole form, or the document that stands for one as JSON.
    pub(crate) form: String,
    /// Whether it came as CBOR.
    is_cbor: bool,
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
    while let Some(asked) = next_question(&mut requests) {
        log.lock().unwrap().push(asked.clone());
        let (status, body) = answer(&asked);
        if status == HANG_UP {
            return;
        }
        let (kind, body) = match serde_json::from_str(&body) {
            Ok(document) if asked.is_cbor => ("application/cbor", cbor::encode(&document)),
            _ => ("text/xml", body.into_bytes()),
        };
        // The CBOR API says so of itself.
        let protocol = if asked.is_cbor { "smithy-protocol: rpc-v2-cbor\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\n{protocol}content-length: {}\r\n\r\n",
            body.len()
        );
        let mut to = connection;
        if to.write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

/// A field of a form, as it was sent.
pub(crate) fn field(form: &str, name: &str) -> Option<String> {
    let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// The next question. In JSON a header names the action, in CBOR the path.
fn next_question(requests: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let (mut length, mut is_cbor, mut target, mut path) = (0, false, None, String::new());
    loop {
        let mut line = String::new();
        if requests.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if path.is_empty() {
            line.split(' ').nth(1)?.clone_into(&mut path);
        } else if line.is_empty() {
            break;
        } else if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "content-type" => is_cbor = value.trim() == "application/cbor",
                "x-amz-target" => target = value.rsplit('.').next().map(str::to_owned),
                _ => {}
            }
        }
    }
    let mut body = vec![0; length];
    requests.read_exact(&mut body).ok()?;
    let next = |document: &Value| document["NextToken"].as_str().map(str::to_owned);
    if is_cbor {
        let document = cbor::decode(&body)?;
        let action = path.rsplit('/').next()?.to_owned();
        let marker = next(&document);
        return Some(Asked { action, marker, form: document.to_string(), is_cbor });
    }
    let form = String::from_utf8(body).ok()?;
    let (action, marker) = match target {
        Some(action) => (action, next(&serde_json::from_str(&form).ok()?)),
        None => (
            field(&form, "Action").unwrap_or_default(),
            field(&form, "Marker").or_else(|| field(&form, "NextToken")),
        ),
    };
    Some(Asked { action, marker, form, is_cbor })
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

/// A refusal of an API that speaks JSON.
pub(crate) fn refusal_in_json(code: &str, message: &str) -> Reply {
    (400, serde_json::json!({ "__type": code, "message": message }).to_string())
}

/// A refusal in CBOR.
pub(crate) fn cbor_refusal(status: u16, code: &str, message: &str) -> Reply {
    let kind = format!("com.amazonaws.cloudwatch#{code}");
    (status, serde_json::json!({ "__type": kind, "message": message }).to_string())
}
