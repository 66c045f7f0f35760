//! What was measured, kept between processes.

use super::{Choice, Model};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Format of the file. Another one is not read: what it holds is measured anew.
const VERSION: u32 = 2;

/// What was measured, by device and driver.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    version: u32,
    devices: BTreeMap<String, Choice>,
}

impl Default for File {
    fn default() -> Self {
        Self { version: VERSION, devices: BTreeMap::new() }
    }
}

impl File {
    /// A file that is not there, not readable or of another version is an empty one; a device with a number that cannot be one is not
    /// in it.
    pub fn load(path: &Path) -> Self {
        let read = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let mut file = read.filter(|file| file.version == VERSION).unwrap_or_default();
        file.devices.retain(|_, choice| choice.models().all(|(_, model)| model.is_sane()));
        file
    }

    /// Whether a stage was measured on some device whose name has this in it.
    pub fn is_measured(&self, part: &str, stage: &str) -> bool {
        self.devices.iter().any(|(device, choice)| device.contains(part) && choice.model(stage).is_some())
    }

    /// What is known of a device.
    pub fn choice(mut self, device: &str) -> Choice {
        self.devices.remove(device).unwrap_or_default()
    }

    /// Keeps what is known of one stage of a device, beside all that the file holds. The file is replaced as a whole, so
    /// that another process reads either.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn keep(path: &Path, device: &str, stage: &str, model: Model) -> std::io::Result<()> {
        let mut file = Self::load(path);
        file.devices.entry(device.to_owned()).or_default().stages.insert(stage.to_owned(), model);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut written = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut written, &file)?;
        written.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auto::Curve;

    #[test]
    fn what_is_kept_is_found_and_what_is_no_such_file_is_measured_anew() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a/b/calibration.json");
        let curve = Curve::through(&[(64, 1e-3), (4_096, 2e-3)]).expect("times");
        let model = Model { smallest: 9, cpu: curve, device: curve, device_known: None, contention: Some(0.5) };
        File::keep(&path, "one", "execute", model).expect("the folder is made");
        File::keep(&path, "other", "root", model).expect("written");
        assert_eq!(File::load(&path).choice("one").model("execute"), Some(&model));
        assert_eq!(File::load(&path).choice("other").model("root"), Some(&model));
        assert_eq!(File::load(&path).choice("third"), Choice::default());
        let kept = std::fs::read_to_string(&path).expect("it was written");
        let curve = serde_json::to_value(curve).expect("numbers");
        let wrong = [
            kept.replace("\"version\": 2", "\"version\": 1"),
            kept.replace("0.5", "1.5"),
            kept.replace("0.001", "-0.001"),
            r#"{"devices":{"one":{"stages":{"execute":{"parallel_per_second":3.0,"gpu_per_second":2.0}}}}}"#.to_owned(),
            "not JSON".to_owned(),
            curve.to_string(),
        ];
        let one = kept.replacen("0.5", "1.5", 1);
        std::fs::write(&path, &one).expect("written");
        assert_eq!(File::load(&path).choice("one"), Choice::default(), "{one}");
        assert!(File::load(&path).choice("other").model("root").is_some(), "{one}");
        for wrong in wrong {
            assert_ne!(wrong, kept);
            std::fs::write(&path, &wrong).expect("written");
            assert_eq!(File::load(&path), File::default(), "{wrong}");
        }
    }
}
