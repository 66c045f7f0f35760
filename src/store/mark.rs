//! Where the last commit left the chain, in a file beside the database.
//!
//! A journal that ends early looks like one whose last batch was never complete: the database drops what follows a damaged batch
//! and says nothing. The mark is written after a commit was synced, so the store is never behind it, unless something was lost.
//! It is not synced itself: after a crash of the machine it may be an older one, which says less and nothing wrong.

use crate::root::Root;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

const NAME: &str = "wavelock-mark";

/// The file, and what it says.
#[derive(Debug)]
pub struct Mark(File);

impl Mark {
    /// Makes the file of a new store.
    pub fn create(folder: &Path, height: u64, root: Root) -> io::Result<()> {
        let mut file = File::create_new(folder.join(NAME))?;
        file.write_all(line(height, root).as_bytes())?;
        file.sync_all()
    }

    /// Opens the file of a store that is at this block; one without a file gets one.
    ///
    /// # Errors
    /// What is wrong: the store was further, or at the same height with another root, or the file cannot be read.
    pub fn open(folder: &Path, height: u64, root: Root) -> Result<Self, String> {
        let said = |error: io::Error| format!("{NAME}: {error}");
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(folder.join(NAME)).map_err(said)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(said)?;
        // A file system that was interrupted may leave an empty file, or one of zeros.
        let known = text.iter().any(|byte| *byte != 0);
        if known {
            let (found, left) = read(&text).ok_or_else(|| format!("{NAME} does not say which block was last"))?;
            if found > height {
                return Err(format!(
                    "block {found} had been committed with root {left}, and it ends at block {height}"
                ));
            }
            if found == height && left != root {
                return Err(format!("block {found} had left root {left}, and its accounts have root {root}"));
            }
        }
        let mut mark = Self(file);
        if text != line(height, root).as_bytes() {
            if !known {
                mark.0.set_len(0).map_err(said)?;
            }
            mark.set(height, root);
        }
        Ok(mark)
    }

    /// The store is at this block now, durably. Where that cannot be written, the older mark only says less.
    pub fn set(&mut self, height: u64, root: Root) {
        let written = self.0.rewind().and_then(|()| self.0.write_all(line(height, root).as_bytes()));
        if let Err(error) = written {
            tracing::warn!(%error, height, "the mark of the last block could not be written");
        }
    }
}

/// As long for every height, so that one line replaces another.
fn line(height: u64, root: Root) -> String {
    format!("{height:020} {root}\n")
}

fn read(text: &[u8]) -> Option<(u64, Root)> {
    let text = std::str::from_utf8(text).ok()?;
    let (height, root) = text.strip_suffix('\n')?.split_once(' ')?;
    let (height, root) = (height.parse().ok()?, root.parse().ok()?);
    (line(height, root) == text).then_some((height, root))
}
