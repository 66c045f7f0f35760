//! Files by path: formats by name, replaced whole or not at all.

use crate::*;
use std::fs;
use std::io;
use std::path::Path;
use tempfile::TempDir;
use wavelock::ingest::{
    read_access_lists, read_block, read_receipts, read_signatures, read_state, write_block, write_file, write_receipts,
    write_state, write_verdicts, write_waves,
};
use wavelock::{Reason, Status};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: io::Result<fs::DirEntry>| entry.expect("an entry").file_name().into_string().expect("UTF-8");
    entries.map(name).collect()
}

#[test]
fn names_choose_the_format() {
    for (name, format) in [
        ("block.jsonl", Format::JsonLines),
        ("a.b/block.jsonl.gz", Format::JsonLinesGzip),
        ("block.bin", Format::Binary),
        ("block.json", Format::Binary),
        ("block.bin.gz", Format::Binary),
        ("blockjsonl", Format::Binary),
        ("block.jsonl/x", Format::Binary),
        ("block", Format::Binary),
    ] {
        assert_eq!(Format::of(name), format, "{name}");
    }
}

#[test]
fn blocks_and_states_go_through_files_of_every_format() {
    let folder = folder();
    for (name, start) in [("x.bin", &b"WLK"[..]), ("x.jsonl", b"{\""), ("x.jsonl.gz", b"\x1f\x8b")] {
        let path = folder.path().join(name);
        write_block(&path, &block()).expect("a block is written");
        assert!(fs::read(&path).expect("a file").starts_with(start), "{name}");
        assert_eq!(read_block(&path, SignatureField::Required).expect("a block"), block());
        write_state(&path, &state(7)).expect("a state is written");
        let height = if name == "x.bin" { 7 } else { 0 };
        assert_eq!(read_state(&path).expect("a state"), state(height));
    }
}

#[test]
fn receipts_verdicts_and_waves_are_text_under_any_name() {
    let folder = folder();
    let statuses = [Status::Applied, Status::Rejected(Reason::WrongChain)];
    for (name, start) in [("x", &b"{\"index\":0"[..]), ("x.jsonl", b"{\"index\":0"), ("x.jsonl.gz", b"\x1f\x8b")] {
        let path = folder.path().join(name);
        write_receipts(&path, &statuses).expect("receipts are written");
        assert!(fs::read(&path).expect("a file").starts_with(start), "{name}");
        assert_eq!(read_receipts(&path).expect("receipts"), statuses);
        write_verdicts(&path, &[true]).expect("verdicts are written");
        assert!(fs::read(&path).expect("a file").starts_with(start), "{name}");
        write_waves(&path, &[0]).expect("waves are written");
        assert!(fs::read(&path).expect("a file").starts_with(start), "{name}");
        write_file(&path, |output| output.write_all(b"\n")).expect("a blank line is written");
        if !name.ends_with(".gz") {
            assert_eq!(read_signatures(&path).expect("no signatures"), []);
            assert_eq!(read_access_lists(&path).expect("no access lists"), []);
        }
    }
}

#[test]
fn a_missing_file_is_an_io_error_that_names_it() {
    let path = folder().path().join("missing.jsonl");
    match read_state(&path) {
        Err(Error::Io { path: named, source }) => assert_eq!((named, source.kind()), (path, io::ErrorKind::NotFound)),
        other => panic!("expected an I/O error, got {other:?}"),
    }
    assert!(matches!(read_block(folder().path(), SignatureField::Required), Err(Error::Io { .. })));
}

#[test]
fn a_failing_write_leaves_everything_as_it_was() {
    let folder = folder();
    let path = folder.path().join("out.bin");
    let fail = || {
        write_file(&path, |output| {
            output.write_all(&[7; 1 << 20])?;
            Err(io::ErrorKind::StorageFull.into())
        })
    };
    assert!(matches!(fail(), Err(Error::Io { path: named, .. }) if named == path));
    assert_eq!(names(folder.path()), Vec::<String>::new());
    fs::write(&path, "before").expect("a file is written");
    assert!(fail().is_err());
    assert_eq!(names(folder.path()), ["out.bin"]);
    assert_eq!(fs::read(&path).expect("a file"), b"before");
    write_file(&path, |output| output.write_all(b"after")).expect("the file is replaced");
    assert_eq!(names(folder.path()), ["out.bin"]);
    assert_eq!(fs::read(&path).expect("a file"), b"after");
    assert!(write_file(folder.path().join("no/such/folder"), |_| Ok(())).is_err());
    assert!(write_file(folder.path(), |_| Ok(())).is_err());
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_permissions_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    let plain = folder.path().join("plain");
    fs::write(&plain, "").expect("a file is written");
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode();
    write_file(&file, |output| output.write_all(b"one")).expect("a new file");
    assert_eq!(mode(&file), mode(&plain));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions are set");
    symlink(&file, &link).expect("a link");
    write_file(&link, |output| output.write_all(b"two")).expect("the linked file is replaced");
    assert!(link.is_symlink());
    assert_eq!(fs::read(&file).expect("a file"), b"two");
    assert_eq!(mode(&file) & 0o777, 0o640);
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_are_written_directly() {
    use std::io::Read;
    use std::os::fd::AsRawFd;
    let folder = folder();
    // Through a link of its own, so that code which replaces what it finds replaces the link and no device.
    let link = folder.path().join("link");
    let (mut reader, writer) = io::pipe().expect("a pipe");
    std::os::unix::fs::symlink(format!("/proc/self/fd/{}", writer.as_raw_fd()), &link).expect("a link");
    write_file(&link, |output| output.write_all(b"through")).expect("the pipe takes it");
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("the pipe gives it");
    assert_eq!(text, "through");
    assert!(link.is_symlink());
}

#[cfg(target_os = "linux")]
#[test]
fn open_files_named_by_descriptor_are_written_directly() {
    use std::os::fd::AsRawFd;
    let folder = folder();
    let path = folder.path().join("open");
    let open = fs::File::create(&path).expect("a file");
    for part in [&b"one"[..], b"two"] {
        let descriptor = format!("/proc/self/fd/{}", open.as_raw_fd());
        write_file(descriptor, |output| output.write_all(part)).expect("the open file takes it");
    }
    assert_eq!(open.metadata().expect("an open file").len(), 6);
    assert_eq!(fs::read(&path).expect("a file"), b"onetwo");
}
