//! Receipts as JSON lines: one status a transaction, in block order.

use super::Format;
use super::fields::{Fields, excerpt};
use super::jsonl::{Lines, write_line};
use crate::error::Result;
use crate::status::{Reason, Status};
use serde::Serialize;
use std::io::{self, Read, Write};
use std::path::Path;

const APPLIED: &str = "applied";
const REJECTED: &str = "rejected";

#[derive(Serialize)]
struct ReceiptLine {
    index: usize,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Reads receipts from any source, text unless `format` is gzip; `name` stands for the file in errors.
///
/// # Errors
/// As [`read_receipts`](super::read_receipts).
pub fn read_receipts_from(input: impl Read, name: impl AsRef<Path>, format: Format) -> Result<Vec<Status>> {
    let mut statuses = Vec::new();
    Lines::new(input, format, name.as_ref()).each(parse, |(index, status)| {
        let next = statuses.len();
        if index != next as u64 {
            return Err(format!("\"index\" is {index}: expected {next}"));
        }
        statuses.push(status);
        Ok(())
    })?;
    Ok(statuses)
}

fn parse(line: &[u8]) -> Result<(u64, Status), String> {
    let fields = Fields::parse(line, ["index", "status", "reason"])?;
    let index = fields.integer("index")?;
    let status = match &*fields.string("status")? {
        APPLIED if fields.has("reason") => return Err(format!("\"{APPLIED}\" has a reason: expected none")),
        APPLIED => Status::Applied,
        REJECTED => {
            let name = fields.string("reason")?;
            let reason = Reason::from_name(&name);
            Status::Rejected(reason.ok_or_else(|| format!("\"reason\" is {:?}: expected a known one", excerpt(&name)))?)
        }
        other => {
            return Err(format!("\"status\" is {:?}: expected \"{APPLIED}\" or \"{REJECTED}\"", excerpt(other)));
        }
    };
    Ok((index, status))
}

/// Writes receipts to any sink, which should be buffered.
///
/// # Errors
/// What the sink reports.
pub fn write_receipts_to(mut output: impl Write, statuses: &[Status]) -> io::Result<()> {
    statuses.iter().enumerate().try_for_each(|(index, status)| {
        let line = match status {
            Status::Applied => ReceiptLine { index, status: APPLIED, reason: None },
            Status::Rejected(reason) => ReceiptLine { index, status: REJECTED, reason: Some(reason.name()) },
        };
        write_line(&mut output, &line)
    })
}
