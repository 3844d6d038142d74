//! Files that are either whole or not there.

use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::DataError;

/// Writes a file so that nobody ever sees half of it, not even after a crash: under another name first, then
/// renamed to `path`. A file that was there before stays until then, and keeps its permissions. A symbolic link stays
/// one: what it points to is written. What a killed process has left of saving `path` is removed.
///
/// # Errors
///
/// [`DataError::Write`] when the folder or the file cannot be written, or a link leads back to itself.
pub(crate) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), DataError> {
    replace(path, write).map_err(|source| DataError::write(path, source))
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A link stays a link: what it points to is replaced, or made.
    let path = &target(path)?;
    let folder = folder_of(path);
    let before = std::fs::metadata(path).ok();
    if let Some(before) = &before {
        // Renaming would replace even a file that is closed to writing.
        let file = OpenOptions::new().write(true).open(path)?;
        if !before.is_file() {
            // A pipe or a device takes bytes; a file in its place would be no pipe any more.
            let mut writer = BufWriter::new(file);
            write(&mut writer)?;
            return writer.flush();
        }
    }
    let prefix = prefix(path);
    clear_leftovers(folder, &prefix);
    let temporary = Temporary::new(folder, &prefix)?;
    let mut writer = BufWriter::new(&temporary.file);
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    if let Some(before) = before {
        temporary.file.set_permissions(before.permissions())?;
    }
    temporary.file.sync_all()?;
    temporary.rename(path)
}

/// Systems follow about so many links, one to the next.
const LINKS: usize = 40;

/// What a path leads to when it is a symbolic link, or one to another; it need not exist.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => {
                let to = std::fs::read_link(&path)?;
                // Relative to the folder of the link; an absolute one replaces it.
                path = path.parent().unwrap_or(Path::new("")).join(to);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "a symbolic link that leads back to itself"))
}

/// How the names of temporary files for `path` begin. They are derived from its name, so that the next save of the
/// same file knows what an earlier one has left.
fn prefix(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Names have a limit, 255 bytes mostly.
    let name: String = name.chars().take(40).collect();
    format!(".{name}.keras-")
}

/// Letters and digits at the end of the name of a temporary file.
const RANDOM: usize = 10;

/// A new file that this process holds a lock on until it is renamed or dropped, which removes it. The lock tells a file that
/// is being written from one that a killed process has left: the system gives up the locks of a process that ends.
struct Temporary {
    file: File,
    path: PathBuf,
    renamed: bool,
}

impl Temporary {
    fn new(folder: &Path, prefix: &str) -> io::Result<Self> {
        loop {
            let path = folder.join(format!("{prefix}{}", random()));
            let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            let made = Temporary { file, path, renamed: false };
            match made.file.try_lock() {
                // Another process may have taken it for a leftover before it was locked.
                Ok(()) if made.path.exists() => return Ok(made),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                // A file system without locks; nothing is cleared there either.
                Err(TryLockError::Error(_)) => return Ok(made),
            }
        }
    }

    /// Gives the file its name, in the place of what had it.
    fn rename(mut self, path: &Path) -> io::Result<()> {
        std::fs::rename(&self.path, path)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Letters and digits that no two calls have in common, but for the rarest chance.
fn random() -> String {
    // The standard library's only source of chance: each state has keys of its own.
    let mut left = RandomState::new().hash_one(std::process::id());
    let digit = |_| {
        let digit = char::from_digit((left % 36) as u32, 36).unwrap_or('0');
        left /= 36;
        digit
    };
    (0..RANDOM).map(digit).collect()
}

/// Removes what killed processes have left of saving `path`.
pub(crate) fn clear_temporary(path: &Path) {
    if let Ok(path) = target(path) {
        clear_leftovers(folder_of(&path), &prefix(&path));
    }
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes what killed processes have left of saving the same file. Whatever stands in the way is not worth an error.
fn clear_leftovers(folder: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(prefix));
        let ours = random.is_some_and(|random| {
            random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            // Removed while it is locked: whoever is about to write to it finds out.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, |out| out.write_all(b"first")).unwrap();
        let failed = write_atomically(&path, |out| {
            out.write_all(b"second")?;
            Err(io::Error::other("full"))
        });
        assert!(failed.unwrap_err().to_string().contains("a.txt: full"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        write_atomically(&path, |out| out.write_all(b"third")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "third");
    }

    #[test]
    #[cfg(unix)]
    fn links_and_permissions_survive() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.txt"), folder.path().join("link"));
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        write_atomically(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_to_nothing_stays_a_link() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let at = |name: &str| folder.path().join(name);
        // Relative to the link's folder, and by way of another link.
        symlink("sub/a.txt", at("one")).unwrap();
        symlink("one", at("two")).unwrap();
        write_atomically(&at("two"), |out| out.write_all(b"new")).unwrap();
        assert!(at("one").is_symlink() && at("two").is_symlink());
        assert_eq!(std::fs::read_to_string(at("sub/a.txt")).unwrap(), "new");
        symlink("no/such/a.txt", at("nowhere")).unwrap();
        assert!(write_atomically(&at("nowhere"), |out| out.write_all(b"new")).is_err());
        assert!(at("nowhere").is_symlink());
    }

    #[test]
    #[cfg(unix)]
    fn a_loop_of_links_is_an_error() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("b", at("a")).unwrap();
        symlink("a", at("b")).unwrap();
        symlink("self", at("self")).unwrap();
        for name in ["a", "b", "self"] {
            let error = write_atomically(&at(name), |out| out.write_all(b"x")).unwrap_err();
            assert!(error.to_string().ends_with("a symbolic link that leads back to itself"), "{error}");
            assert!(at(name).is_symlink());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    /// The names in a folder, sorted.
    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn leftovers_of_the_same_file_are_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let others =
            [".a.txt.keras-short", ".a.txt.keras-0123456789.bak", ".b.txt.keras-0123456789", "a.txt.keras"];
        for name in [".a.txt.keras-0123456789", ".a.txt.keras-abcdefghij"].iter().chain(&others) {
            std::fs::write(at(name), "half").unwrap();
        }
        std::fs::create_dir(at(".a.txt.keras-folder1234")).unwrap();
        write_atomically(&at("a.txt"), |out| out.write_all(b"whole")).unwrap();
        let mut left: Vec<String> = others.map(String::from).to_vec();
        left.extend(["a.txt".to_string(), ".a.txt.keras-folder1234".to_string()]);
        left.sort();
        assert_eq!(names(folder.path()), left);
        assert_eq!(std::fs::read_to_string(at("a.txt")).unwrap(), "whole");
    }

    #[test]
    fn a_file_that_is_being_written_is_no_leftover() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        // Within a save, another one of the same file begins and ends.
        write_atomically(&path, |out| {
            out.write_all(b"outer")?;
            write_atomically(&path, |out| out.write_all(b"inner")).map_err(io::Error::other)?;
            assert_eq!(names(folder.path()).len(), 2, "{:?}", names(folder.path()));
            assert_eq!(std::fs::read_to_string(&path)?, "inner");
            Ok(())
        })
        .unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "outer");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn many_threads_may_save_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::thread::scope(|scope| {
            for thread in 0..4u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..25 {
                        write_atomically(path, |out| out.write_all(&[b'a' + thread; 5000])).unwrap();
                    }
                });
            }
        });
        let text = std::fs::read(&path).unwrap();
        assert!(text.len() == 5000 && text.iter().all(|byte| *byte == text[0]));
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_long_name_has_room_for_its_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("é".repeat(127));
        write_atomically(&path, |out| out.write_all(b"x")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "x");
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/such/a.txt");
        let failed = write_atomically(&path, |out| out.write_all(b"x"));
        assert!(matches!(failed, Err(DataError::Write { .. })));
    }
}
