//! Blocks and states as JSON lines: the text itself, and every rule of strictness with its line.

use crate::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use wavelock::Place;
use wavelock::ingest::{write_block_to, write_state_to};

const HEADER: &str = r#"{"chain_id":1,"height":7,"fee_recipient":"FEE"}"#;
const TRANSFER: &str =
    r#"{"kind":"transfer","chain_id":1,"nonce":0,"amount":"12","fee":"1","from":"FROM","to":"TO","signature":"SIG"}"#;
const ACCOUNT: &str = r#"{"account":"FROM","balance":"5","nonce":3}"#;

/// Puts hex where the texts above have capitals.
fn fill(text: &str) -> String {
    let text = text.replace("FEE", &"09".repeat(32)).replace("FROM", &"aa".repeat(32));
    text.replace("TO", &"02".repeat(32)).replace("SIG", &"03".repeat(64))
}

fn read_lines(text: impl AsRef<[u8]>) -> Result<Block> {
    block_of(text.as_ref(), Format::JsonLines)
}

fn read_accounts(text: impl AsRef<[u8]>) -> Result<State> {
    state_of(text.as_ref(), Format::JsonLines)
}

/// A block whose third line is `line`.
fn block_with(line: &str) -> String {
    fill(&[HEADER, TRANSFER, line, TRANSFER].join("\n"))
}

/// Replaces a part that must be there.
#[track_caller]
fn with(line: &str, part: &str, other: &str) -> String {
    assert!(line.contains(part), "{part} is not in {line}");
    line.replace(part, other)
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn text_of(block: &Block) -> String {
    let mut text = Vec::new();
    write_block_to(&mut text, Format::JsonLines, block).expect("memory takes it");
    String::from_utf8(text).expect("UTF-8")
}

#[test]
fn a_block_is_written_line_by_line() {
    let max = u128::MAX.to_string();
    let large = with(&with(TRANSFER, "\"12\"", &format!("\"{max}\"")), "\"fee\":\"1\"", &format!("\"fee\":\"{max}\""));
    let large = with(&with(&large, "\"nonce\":0", &format!("\"nonce\":\"{}\"", u64::MAX)), "SIG", &"cd".repeat(64));
    let raw = format!(r#"{{"raw":"{}"}}"#, hex::encode((0..192).collect::<Vec<u8>>()));
    let text = fill(&[HEADER, TRANSFER, &large, &raw, ""].join("\n"));
    assert_eq!(text_of(&block()), text);
    assert_eq!(read_lines(&text).expect("a block"), block());
}

#[test]
fn a_state_is_written_line_by_line_without_its_height() {
    let mut text = Vec::new();
    write_state_to(&mut text, Format::JsonLines, &state(7)).expect("memory takes it");
    let line = |byte: &str, balance: &str, nonce: &str| {
        format!("{{\"account\":\"{}\",\"balance\":\"{balance}\",\"nonce\":{nonce}}}\n", byte.repeat(32))
    };
    let expected = line("01", "340282366920938463463374607431768211450", "0")
        + &line("bb", "5", "\"18446744073709551615\"")
        + &line("03", "0", "\"9007199254740993\"");
    assert_eq!(String::from_utf8(text).expect("UTF-8"), expected);
    assert_eq!(read_accounts(&expected).expect("a state"), state(0));
}

#[test]
fn integers_up_to_2_to_the_53_are_written_as_numbers() {
    let written = |nonce| {
        let one = State::from_accounts(0, [Account { id: id(1), balance: 0, nonce }]).expect("a state");
        let mut text = Vec::new();
        write_state_to(&mut text, Format::JsonLines, &one).expect("memory takes it");
        String::from_utf8(text).expect("UTF-8")
    };
    assert!(written(1 << 53).ends_with("\"nonce\":9007199254740992}\n"));
    assert!(written((1 << 53) + 1).ends_with("\"nonce\":\"9007199254740993\"}\n"));
}

#[test]
fn what_the_format_leaves_free_is_read() {
    let expected = read_lines(block_with(TRANSFER)).expect("a block");
    assert_eq!(expected.transactions.len(), 3);
    for line in [
        with(TRANSFER, "\"nonce\":0", "\"nonce\":\"0\""),
        with(TRANSFER, "\"chain_id\":1", "\"chain_id\":\"1\""),
        with(TRANSFER, "FROM", &"AA".repeat(32)),
        with(TRANSFER, "\"nonce\":0", "\"\\u006eonce\":0"),
        with(TRANSFER, "\"12\"", "\"1\\u0032\""),
        with(TRANSFER, "{", "{\"memo\":{\"nonce\":[1,1]},\"MEMO\":null,"),
        with(TRANSFER, ",", " ,\t"),
        format!("  {TRANSFER} \r"),
        format!("{{\"raw\":\"{}\"}}", hex::encode(expected.transactions[0].as_bytes())),
    ] {
        assert_eq!(read_lines(block_with(&line)).expect(&line), expected);
    }
    for end in ["\n", "\n\n\n", "\n \n\t\r\n"] {
        assert_eq!(read_lines(block_with(TRANSFER) + end).expect("a block"), expected);
    }
    assert_eq!(read_lines(fill(HEADER)).expect("an empty block").transactions, []);
    assert_eq!(read_accounts("").expect("an empty state"), State::new(0));
    assert_eq!(read_accounts("\n \n").expect("an empty state"), State::new(0));
}

#[test]
fn broken_transactions_are_errors_with_their_line() {
    let edits = [
        ("{", "", "expected one JSON object"),
        ("\"to\":", "\"to\"", "expected one JSON object"),
        ("\"SIG\"}", "\"SIG\"}}", "trailing characters"),
        ("\"SIG\"}", "\"SIG\"} {}", "trailing characters"),
        ("{\"kind\":\"transfer\",", "{\"kind\":\"vote\",", "kind \"vote\" is unknown: expected \"transfer\""),
        ("{\"kind\":\"transfer\",", "{\"kind\":0,", "\"kind\" is 0: expected a string"),
        ("\"kind\":\"transfer\",", "", "there is no \"kind\""),
        ("\"chain_id\":1,", "", "there is no \"chain_id\""),
        ("\"nonce\":0,", "", "there is no \"nonce\""),
        ("\"amount\":\"12\",", "", "there is no \"amount\""),
        ("\"fee\":\"1\",", "", "there is no \"fee\""),
        ("\"from\":\"FROM\",", "", "there is no \"from\""),
        ("\"to\":\"TO\",", "", "there is no \"to\""),
        (",\"signature\":\"SIG\"", "", "there is no \"signature\""),
        ("\"nonce\":0", "\"nonce\":0,\"nonce\":0", "the key \"nonce\" occurs twice"),
        ("\"nonce\":0", "\"nonce\":0,\"n\\u006fnce\":0", "the key \"nonce\" occurs twice"),
        ("\"nonce\":0", "\"nonce\":0,\"memo\":1,\"memo\":2", "the key \"memo\" occurs twice"),
        ("\"nonce\":0", "\"nonce\":0,\"raw\":\"00\"", "expected a raw record or a transfer's fields"),
        ("\"FROM\"", "\"0xFROM\"", "\"from\" has 66 characters: expected 64 hex digits"),
        ("\"FROM\"", "\"FROMaa\"", "\"from\" has 66 characters: expected 64 hex digits"),
        ("\"FROM\"", "\"FROMa\"", "\"from\" has 65 characters: expected 64 hex digits"),
        ("\"FROM\"", "\"\"", "\"from\" has 0 characters: expected 64 hex digits"),
        ("\"FROM\"", "7", "\"from\" is 7: expected a string of 64 hex digits"),
        ("\"SIG\"", "null", "\"signature\" is null: expected a string of 128 hex digits"),
        ("\"SIG\"", "\"FROM\"", "\"signature\" has 64 characters: expected 128 hex digits"),
    ];
    for (part, other, message) in edits {
        let error = input_error(read_lines(block_with(&with(TRANSFER, part, other))));
        assert_eq!(error.place, Place::Line(3), "{error}");
        assert!(error.message.contains(message), "{error}");
    }
    let digit = with(&fill(TRANSFER), "\"aa", "\"ag");
    assert!(
        input_error(read_lines(block_with(&digit))).message.contains("\"from\" has 'g' at position 1: expected hex")
    );
    for line in ["[]", "null", "7", "\"\"", "{}", "{\"raw\":\"00\"}", "{\"raw\":7}", "\u{feff}{}", HEADER] {
        assert_eq!(input_error(read_lines(block_with(line))).place, Place::Line(3), "{line}");
    }
    let mut not_utf8 = block_with(&with(TRANSFER, "{", "{\"memo\":\"?\",")).into_bytes();
    let mark = not_utf8.iter().position(|byte| *byte == b'?').expect("a mark");
    not_utf8[mark] = 0xff;
    let error = input_error(read_lines(not_utf8));
    assert_eq!((error.place, error.message.contains("expected UTF-8")), (Place::Line(3), true), "{error}");
}

#[test]
fn amounts_are_plain_decimal_strings() {
    let amount = |text: &str| read_lines(block_with(&with(TRANSFER, "\"12\"", text)));
    let max = "340282366920938463463374607431768211455";
    for (text, value) in [("\"0\"", 0), ("\"10\"", 10), (&*format!("\"{max}\""), u128::MAX)] {
        assert_eq!(amount(text).expect(text).transactions[1].amount(), value);
    }
    let over = format!("\"{}\"", max.replace("455", "456"));
    let longer = format!("\"1{}\"", "0".repeat(100_000));
    let bad =
        ["12", "0", "null", "true", "[\"12\"]", "\"\"", "\"+1\"", "\"-1\"", "\"-0\"", "\"01\"", "\"00\"", "\"1.0\""];
    let worse = ["\"1e3\"", "\"0x1\"", "\" 1\"", "\"1 \"", "\"1_0\"", "\"\u{661}\"", "\"\\ud800\"", &over, &longer];
    for text in bad.into_iter().chain(worse) {
        let error = input_error(amount(text));
        assert_eq!(error.place, Place::Line(3));
        assert!(error.message.starts_with("\"amount\" is ") && error.message.len() < 200, "{error}");
        input_error(read_accounts(fill(&with(ACCOUNT, "\"5\"", text))));
    }
}

#[test]
fn integers_are_numbers_or_plain_decimal_strings() {
    let nonce = |text: &str| read_lines(block_with(&with(TRANSFER, "\"nonce\":0", &format!("\"nonce\":{text}"))));
    let max = "18446744073709551615";
    for (text, value) in [("0", 0), ("7", 7), ("\"7\"", 7), (max, u64::MAX), (&*format!("\"{max}\""), u64::MAX)] {
        assert_eq!(nonce(text).expect(text).transactions[1].nonce(), value);
    }
    let over = "18446744073709551616";
    let bad =
        ["-1", "-0", "1.0", "1e3", "0.5", over, "null", "true", "[0]", "{}", "\"\"", "\"+1\"", "\"-1\"", "\"01\""];
    let worse = ["\"1.0\"", "\"1e3\"", "\"18446744073709551616\"", "\" 1\"", "01", "+1"];
    for text in bad.into_iter().chain(worse) {
        assert_eq!(input_error(nonce(text)).place, Place::Line(3), "{text}");
        let header = with(HEADER, "\"height\":7", &format!("\"height\":{text}"));
        assert_eq!(input_error(read_lines(fill(&header))).place, Place::Line(1), "{text}");
    }
}

#[test]
fn broken_headers_are_errors_in_line_one() {
    for text in [String::new(), "\n".into(), fill(TRANSFER), fill(&with(HEADER, "\"height\":7,", "")), "{}".into()] {
        assert_eq!(input_error(read_lines(&text)).place, Place::Line(1), "{text}");
    }
    let twice = fill(&with(HEADER, "{", "{\"height\":7,"));
    assert!(input_error(read_lines(twice)).message.contains("\"height\" occurs twice"));
}

#[test]
fn blank_lines_stand_only_at_the_end() {
    for blank in ["", " ", "\t\r"] {
        let error = input_error(read_lines(block_with(blank)));
        assert_eq!((error.place, error.message.contains("blank")), (Place::Line(3), true), "{error}");
        let error = input_error(read_lines(format!("{blank}\n{}", fill(HEADER))));
        assert_eq!((error.place, error.message.contains("blank")), (Place::Line(1), true), "{error}");
    }
    let error = input_error(read_lines(block_with("\n\n\n")));
    assert_eq!(error.place, Place::Line(3));
}

#[test]
fn accounts_that_make_no_state_are_errors_with_their_line() {
    let other = with(ACCOUNT, "FROM", "TO");
    let most = with(ACCOUNT, "\"5\"", &format!("\"{}\"", u128::MAX - 4));
    for (line, message) in [
        (ACCOUNT, "occurs twice: expected each account once"),
        (&with(&most, "FROM", "FEE"), "the sum of all balances"),
        (&with(ACCOUNT, "\"account\"", "\"id\""), "there is no \"account\""),
        (&with(ACCOUNT, "\"balance\"", "\"amount\""), "there is no \"balance\""),
        (&with(ACCOUNT, "\"nonce\"", "\"height\""), "there is no \"nonce\""),
    ] {
        let error = input_error(read_accounts(fill(&[ACCOUNT, &other, line].join("\n"))));
        assert_eq!(error.place, Place::Line(3), "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn signatures_may_be_missing_only_where_that_is_asked_for() {
    let optional =
        |line: &str| read_block_from(block_with(line).as_bytes(), NAME, Format::JsonLines, SignatureField::Optional);
    let unsigned = optional(&with(TRANSFER, ",\"signature\":\"SIG\"", "")).expect("a block");
    assert_eq!(unsigned.transactions[1], unsigned.transactions[0].with_signature([0; 64]));
    assert_eq!(unsigned.transactions[0].signature(), &[3; 64]);
    for bad in ["null", "\"\"", "\"FROM\""] {
        assert_eq!(input_error(optional(&with(TRANSFER, "\"SIG\"", bad))).place, Place::Line(3));
    }
}

#[test]
fn gzip_is_read_in_any_number_of_members_and_written() {
    let text = text_of(&block());
    let (first, second) = text.as_bytes().split_at(100);
    for packed in [gzip(text.as_bytes()), [gzip(first), gzip(second)].concat()] {
        assert_eq!(block_of(&packed, Format::JsonLinesGzip).expect("a block"), block());
    }
    let mut packed = Vec::new();
    write_block_to(&mut packed, Format::JsonLinesGzip, &block()).expect("memory takes it");
    assert_eq!(packed[..2], [0x1f, 0x8b]);
    assert!(packed.len() < text.len());
    assert_eq!(block_of(&packed, Format::JsonLinesGzip).expect("a block"), block());
}

#[test]
fn damaged_gzip_is_an_error_with_a_line() {
    let packed = gzip(text_of(&block()).as_bytes());
    for cut in 0..packed.len() {
        let error = input_error(block_of(&packed[..cut], Format::JsonLinesGzip));
        assert!(matches!(error.place, Place::Line(1..=5)), "{error}");
    }
    let mut wrong_sum = packed.clone();
    let sum = packed.len() - 8;
    wrong_sum[sum] ^= 1;
    let damaged = [[&packed[..], b"x"].concat(), text_of(&block()).into_bytes(), wrong_sum];
    for bytes in damaged {
        let error = input_error(block_of(&bytes, Format::JsonLinesGzip));
        assert!(error.message.contains("gzip"), "{error}");
    }
}
