//! Output files that appear complete or not at all.

use crate::error::{Error, Result};
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

const BUFFER_BYTES: usize = 1 << 18;

/// Writes a file through `fill`: into a temporary file beside it, which takes its place once `fill` is done. A path that
/// is no regular file (a pipe, a terminal, `/dev/stdout`) is written directly. The data is left to the operating system
/// to bring to the disk in its own time.
///
/// # Errors
/// [`Error::Io`] where anything fails, `fill` included; a file of that name is then as it was before.
pub fn write_file(path: impl AsRef<Path>, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let path = path.as_ref();
    write(path, fill).map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// Whether [`write_file`] can begin: nothing is there that is in its way, and files can be made in the folder.
///
/// # Errors
/// [`Error::Io`] with what is in the way.
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let checked = match Target::of(path) {
        Target::Stream if path.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Target::Stream => Ok(()),
        Target::File(path) => temporary_beside(&path).map(drop),
    };
    checked.map_err(|source| Error::Io { path: path.to_owned(), source })
}

fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match Target::of(path) {
        Target::Stream => {
            let mut output = BufWriter::with_capacity(BUFFER_BYTES, File::options().append(true).open(path)?);
            fill(&mut output)?;
            output.flush()
        }
        Target::File(path) => {
            let mut output = BufWriter::with_capacity(BUFFER_BYTES, temporary_beside(&path)?);
            fill(&mut output)?;
            let temporary = output.into_inner().map_err(io::IntoInnerError::into_error)?;
            temporary.persist(path)?;
            Ok(())
        }
    }
}

enum Target {
    /// Written directly.
    Stream,
    /// Replaced in one step; the path is that of the file itself, links resolved.
    File(PathBuf),
}

impl Target {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(found) if !found.is_file() || is_descriptor(path) => Target::Stream,
            Ok(_) => Target::File(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())),
            Err(_) => Target::File(path.to_owned()),
        }
    }
}

/// Whether the path names an open file of a process, such as `/dev/stdout`: where that leads to a regular file, its
/// other writers must not be left with a file that was replaced.
fn is_descriptor(path: &Path) -> bool {
    let system = |folder: PathBuf| folder.starts_with("/dev") || folder.starts_with("/proc");
    path.is_symlink() && fs::canonicalize(parent(path)).is_ok_and(system)
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file in the folder of `path`, with the permissions of the file there or those of any new file.
fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".wavelock-");
    if let Some(permissions) = usual_permissions() {
        builder.permissions(permissions);
    }
    fs::metadata(parent(path))?;
    let file = builder.tempfile_in(parent(path)).map_err(without_path)?;
    if let Ok(existing) = fs::metadata(path) {
        file.as_file().set_permissions(existing.permissions())?;
    }
    Ok(file)
}

/// The temporary file's name says nothing to who asked for another one.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((cause, _)) => io::Error::new(error.kind(), cause.to_owned()),
        None => error,
    }
}

/// What the process's mask is applied to; without it temporary files are their owner's alone.
#[cfg(unix)]
fn usual_permissions() -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
fn usual_permissions() -> Option<Permissions> {
    None
}
