//! Arrays of a fixture.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use keras_core::data::npy::Npz;
use ndarray::ArrayD;

/// An npz file of the fixtures; read once per program.
pub struct Archive {
    path: PathBuf,
    file: Mutex<Npz>,
}

impl Archive {
    /// The archive of this name in `tests/fixtures`.
    ///
    /// # Panics
    /// There is none: a test fails then.
    pub fn open(name: &str) -> Arc<Archive> {
        Self::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.npz")))
    }

    /// The archive at this path.
    ///
    /// # Panics
    /// There is none.
    pub fn at(path: &Path) -> Arc<Archive> {
        static OPEN: Mutex<Option<HashMap<PathBuf, Arc<Archive>>>> = Mutex::new(None);
        let mut open = OPEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let open = open.get_or_insert_with(HashMap::new);
        open.entry(path.to_path_buf())
            .or_insert_with(|| {
                let file = Npz::open(path).unwrap_or_else(|e| panic!("{e}"));
                Arc::new(Archive { path: path.to_path_buf(), file: Mutex::new(file) })
            })
            .clone()
    }

    /// The names of the arrays, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        self.lock().names()
    }

    /// Whether there is an array of this name.
    pub fn has(&self, name: &str) -> bool {
        self.lock().names().iter().any(|n| n == name)
    }

    /// The array of this name, integers as floats.
    ///
    /// # Panics
    /// There is none.
    pub fn get(&self, name: &str) -> ArrayD<f32> {
        let mut file = self.lock();
        if let Ok(array) = file.read::<f32, ndarray::IxDyn>(name) {
            return array;
        }
        if let Ok(array) = file.read::<i32, ndarray::IxDyn>(name) {
            return array.mapv(|x| x as f32);
        }
        file.read::<f64, ndarray::IxDyn>(name)
            .unwrap_or_else(|e| panic!("{}: {name}: {e}", self.path.display()))
            .mapv(|x| x as f32)
    }

    /// The arrays `<prefix>0`, `<prefix>1`, ...
    pub fn numbered(&self, prefix: &str) -> Vec<ArrayD<f32>> {
        (0..)
            .map(|i| format!("{prefix}{i}"))
            .take_while(|name| self.has(name))
            .map(|name| self.get(&name))
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Npz> {
        self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
