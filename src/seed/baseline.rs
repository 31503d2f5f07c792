//! Memory before the first key.

use redis::{Cmd, Pipeline};

use crate::measurement::{Info, MemoryPoint};
use crate::spec::{Command, PlanSpec};
use crate::target::TargetError;
use crate::workload::{Contents, Drawn, Requests};

use super::collections;
use super::keys::key;
use super::part::Part;

/// Runs every command of the workload once, on keys that do not exist yet, and those of seeding,
/// because engines keep a latency histogram per command from its first use on (MODEL.md §1).
/// What the commands wrote is removed. Returns memory and everything else the server tells then.
pub(super) async fn baseline(
    spec: &PlanSpec,
    part: Part<'_>,
    began_ms: u64,
) -> Result<(MemoryPoint, Info), TargetError> {
    let control = part.control();
    let mut batch = Pipeline::new();
    let mut requests = Requests::new(spec, 0);
    for (index, class) in spec.classes.iter().enumerate() {
        let Some(n) = part.first(&class.key, class.keys) else { continue };
        let key = key(&class.key, n);
        // Its real value: were we killed here, the next run would know the key for its own.
        match Contents::of(class) {
            Contents::Strings(values) => {
                batch.cmd("SET").arg(&key).arg(values.get(n)).ignore();
                batch.cmd("GET").arg(&key).ignore();
                batch.cmd("MGET").arg(&key).ignore();
            }
            Contents::Collections(values) => {
                batch
                    .add_command(collections::write(&values, &key, n, 0, began_ms).command)
                    .ignore();
                if values.field_ttl_secs().is_some() {
                    let first = values.n_elements(n);
                    let expire = collections::write(&values, &key, n, first, began_ms).command;
                    batch.add_command(expire).ignore();
                }
                if let Some(ttl) = class.ttl_secs {
                    batch.cmd("EXPIRE").arg(&key).arg(ttl).ignore();
                }
            }
        }
        for (line, traffic) in spec.traffic.iter().enumerate().filter(|(_, it)| it.class == index) {
            let template = traffic.key_template(class);
            let Some(n) = part.first(template, class.keys) else { continue };
            let others = self::key(template, n);
            if let Command::Mget(_) | Command::Mset(_) = traffic.command {
                // Several keys of its own would be read or written.
                let command = batch.cmd(traffic.command.word()).arg(&others);
                if let (Command::Mset(_), Contents::Strings(values)) =
                    (traffic.command, Contents::of(class))
                {
                    command.arg(values.get(n));
                }
                command.ignore();
            } else {
                let mut encoded = Vec::new();
                requests.write(Drawn { line, key: n }, &mut encoded);
                for command in commands(&encoded) {
                    batch.add_command(command).ignore();
                }
            }
            if others != key {
                batch.cmd("UNLINK").arg(others).ignore();
            }
        }
        batch.cmd("EXISTS").arg(&key).ignore();
        batch.cmd("UNLINK").arg(&key).ignore();
    }
    batch.cmd("DBSIZE").ignore();
    batch.cmd("PING").ignore();
    let () = control.batch("SET", &batch).await?;
    let info = control.info().await?;
    Ok((control.memory(vec![0; spec.classes.len()], true).await?, info))
}

/// Commands as they were encoded, one after the other.
fn commands(mut encoded: &[u8]) -> Vec<Cmd> {
    /// A header's number, and what follows its line.
    fn header(bytes: &[u8]) -> Option<(usize, &[u8])> {
        let end = bytes.iter().position(|byte| *byte == b'\r')?;
        let number = std::str::from_utf8(bytes.get(1..end)?).ok()?.parse().ok()?;
        Some((number, bytes.get(end + 2..)?))
    }
    let mut all = Vec::new();
    while let Some((words, rest)) = header(encoded) {
        encoded = rest;
        let mut command = Cmd::new();
        for _ in 0..words {
            let Some((len, rest)) = header(encoded) else { break };
            command.arg(&rest[..len]);
            encoded = &rest[len + 2..];
        }
        all.push(command);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_read_again() {
        let encoded = b"*2\r\n$3\r\nDEL\r\n$3\r\nk\r\n\r\n*1\r\n$4\r\nPING\r\n";
        let all: Vec<Vec<u8>> = commands(encoded).iter().map(Cmd::get_packed_command).collect();
        assert_eq!(all.concat(), encoded);
    }
}
