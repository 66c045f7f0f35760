//! Receipts, signatures and verdicts, access lists and waves.

use crate::*;
use wavelock::ingest::{
    AccessList, SignedMessage, read_access_lists_from, read_receipts_from, read_signatures_from, write_receipts_to,
    write_verdicts_to, write_waves_to,
};
use wavelock::{Place, Reason, Status};

fn receipts(text: &str) -> Result<Vec<Status>> {
    read_receipts_from(text.as_bytes(), NAME, Format::JsonLines)
}

fn signatures(text: &str) -> Result<Vec<SignedMessage>> {
    read_signatures_from(text.as_bytes(), NAME, Format::JsonLines)
}

fn access_lists(text: &str) -> Result<Vec<AccessList>> {
    read_access_lists_from(text.as_bytes(), NAME, Format::JsonLines)
}

#[test]
fn receipts_are_written_as_specified_and_read_back() {
    let mut statuses = vec![Status::Applied];
    statuses.extend(Reason::ALL.map(Status::Rejected));
    let mut text = Vec::new();
    write_receipts_to(&mut text, &statuses).expect("memory takes it");
    let text = String::from_utf8(text).expect("UTF-8");
    let expected = r#"{"index":0,"status":"applied"}
{"index":1,"status":"rejected","reason":"malformed"}
{"index":2,"status":"rejected","reason":"wrong_chain"}
{"index":3,"status":"rejected","reason":"signature_invalid"}
{"index":4,"status":"rejected","reason":"amount_overflow"}
{"index":5,"status":"rejected","reason":"nonce_too_low"}
{"index":6,"status":"rejected","reason":"nonce_too_high"}
{"index":7,"status":"rejected","reason":"insufficient_funds"}
"#;
    assert_eq!(text, expected);
    assert_eq!(receipts(&text).expect("receipts"), statuses);
    assert_eq!(receipts("").expect("no receipts"), []);
}

#[test]
fn broken_receipts_are_errors_with_their_line() {
    for (line, message) in [
        (r#"{"index":0,"status":"applied"}"#, "\"index\" is 0: expected 1"),
        (r#"{"index":2,"status":"applied"}"#, "\"index\" is 2: expected 1"),
        (r#"{"status":"applied"}"#, "there is no \"index\""),
        (r#"{"index":1}"#, "there is no \"status\""),
        (r#"{"index":1,"status":"rejected"}"#, "there is no \"reason\""),
        (r#"{"index":1,"status":"rejected","reason":"bad luck"}"#, "\"reason\" is \"bad luck\""),
        (r#"{"index":1,"status":"applied","reason":"malformed"}"#, "has a reason: expected none"),
        (r#"{"index":1,"status":"lost"}"#, "\"status\" is \"lost\""),
    ] {
        let error = input_error(receipts(&format!("{}\n{line}\n", r#"{"index":0,"status":"applied"}"#)));
        assert_eq!(error.place, Place::Line(2), "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn signatures_have_messages_of_any_length() {
    let line = |key: &str, message: &str, signature: &str| {
        format!("{{\"public_key\":\"{key}\",\"message\":\"{message}\",\"signature\":\"{signature}\"}}\n")
    };
    let (key, signature) = ("aA".repeat(32), "01".repeat(64));
    let text =
        line(&key, "", &signature) + &line(&key, "00fF", &signature) + &line(&key, &"07".repeat(5000), &signature);
    let read: Vec<_> = signatures(&text).expect("signatures").into_iter().map(|signed| signed.message).collect();
    assert_eq!(read, [vec![], vec![0, 255], vec![7; 5000]]);
    let first = SignedMessage { public_key: [0xaa; 32], message: vec![], signature: [1; 64] };
    assert_eq!(signatures(&text).expect("signatures")[0], first);

    let good = line(&key, "00", &signature);
    for (bad, message) in [
        (line(&key, "0", &signature), "\"message\" has 1 characters: expected an even number of hex digits"),
        (line(&key, "0g", &signature), "\"message\" has 'g' at position 1"),
        (line("00", "", &signature), "\"public_key\" has 2 characters: expected 64 hex digits"),
        (line(&key, "", &key), "\"signature\" has 64 characters: expected 128 hex digits"),
        (good.replace("\"message\":\"00\"", "\"message\":[0]"), "\"message\" is [0]: expected a string of hex digits"),
        (good.replace("\"message\"", "\"text\""), "there is no \"message\""),
        (good.replace("\"public_key\"", "\"key\""), "there is no \"public_key\""),
        (good.replace("\"signature\"", "\"sig\""), "there is no \"signature\""),
    ] {
        let error = input_error(signatures(&(good.clone() + &bad)));
        assert_eq!(error.place, Place::Line(2), "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn access_lists_hold_any_strings() {
    let text = "{\"read\":[\"a\",\"a\",\"\"],\"write\":[\"\\u00e9\\n\"]}\n{\"write\":[],\"read\":[]}\n";
    let first = AccessList { read: ["a", "a", ""].map(String::from).into(), write: vec!["é\n".into()] };
    assert_eq!(access_lists(text).expect("access lists"), [first, AccessList::default()]);
    for (bad, message) in [
        (r#"{"read":[]}"#, "there is no \"write\""),
        (r#"{"write":[]}"#, "there is no \"read\""),
        (r#"{"read":"a","write":[]}"#, "\"read\" is \"a\": expected an array of strings"),
        (r#"{"read":[],"write":["a",1]}"#, "\"write\" is [\"a\",1]: expected an array of strings"),
        (r#"{"read":[],"write":null}"#, "expected an array of strings"),
        (r#"{"read":[],"write":[],"read":[]}"#, "\"read\" occurs twice"),
    ] {
        let error = input_error(access_lists(&format!("{}\n{bad}\n", r#"{"read":[],"write":[]}"#)));
        assert_eq!(error.place, Place::Line(2), "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn verdicts_and_waves_are_written_as_specified() {
    let mut text = Vec::new();
    write_verdicts_to(&mut text, &[true, false]).expect("memory takes it");
    assert_eq!(text, b"{\"index\":0,\"valid\":true}\n{\"index\":1,\"valid\":false}\n");
    text.clear();
    write_waves_to(&mut text, &[0, 7]).expect("memory takes it");
    assert_eq!(text, b"{\"index\":0,\"wave\":0}\n{\"index\":1,\"wave\":7}\n");
}
