//! Files that a command will write, looked at before it begins: hours of measuring, or half of the files, are not lost to a wrong path.

use super::Failure;
use crate::error::Result;
use crate::ingest;
use std::path::{Path, PathBuf};

/// A file and the option that names it.
type Named<'a> = (&'static str, Option<&'a PathBuf>);

/// Whether the files in `outputs` can be written, none of them twice, and none in the place of one that is read.
pub fn check(outputs: &[Named<'_>], inputs: &[Named<'_>]) -> Result<(), Failure> {
    let given = |files: &[Named<'_>]| -> Vec<(&'static str, PathBuf)> {
        files.iter().filter_map(|(option, path)| Some((*option, (*path)?.clone()))).collect()
    };
    let (outputs, inputs) = (given(outputs), given(inputs));
    for (number, (option, path)) in outputs.iter().enumerate() {
        let same = |(_, other): &&(&str, PathBuf)| is_file(path) && place(path) == place(other);
        if let Some((other, _)) = outputs[..number].iter().chain(&inputs).find(same) {
            let message = format!("{option} and {other} name the same file, {}: expected two", path.display());
            return Err(Failure::usage(message));
        }
        let store = |(option, _): &&(&str, PathBuf)| *option == STORE;
        if inputs.iter().filter(store).any(|(_, store)| place(path).starts_with(place(store))) {
            let message = format!("{option} {}: expected a file outside of {STORE}", path.display());
            return Err(Failure::usage(message));
        }
        ingest::check_writable(path)?;
    }
    Ok(())
}

/// Several can write to one terminal or pipe.
fn is_file(path: &Path) -> bool {
    path.metadata().map_or(true, |found| found.is_file())
}

/// The option that names a folder in which nothing is written but by the store.
const STORE: &str = "--store";
/// Links to nothing that are followed.
const LINKS: usize = 8;

/// Where a file is, or will be, however its path is written.
fn place(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Ok(place) = path.canonicalize() {
            return place;
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (Ok(folder), Some(name)) = (folder.canonicalize(), path.file_name()) else { break };
        let Ok(target) = path.read_link() else { return folder.join(name) };
        path = folder.join(target);
    }
    path
}
