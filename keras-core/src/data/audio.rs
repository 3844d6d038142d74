//! Folders of sounds.

use std::path::{Path, PathBuf};

use ndarray::{Array1, Array3};

use super::folder::{Labels, Listed, Listing};
use super::{DataError, Subset};

/// How a folder of sounds is read: what [`audio_dataset_from_directory`] begins.
#[derive(Clone, Debug)]
pub struct AudioFolder {
    directory: PathBuf,
    listing: Listing,
    length: Option<usize>,
}

/// Sounds with their labels.
#[derive(Clone, Debug)]
pub struct Sounds {
    /// The numbers from -1 to 1, `(sounds, samples, channels)`, each filled up with zeros at its end.
    pub sounds: Array3<f32>,
    /// The class of each, its place among `class_names`.
    pub labels: Array1<i32>,
    /// The names of the classes.
    pub class_names: Vec<String>,
    /// The files.
    pub paths: Vec<PathBuf>,
    /// The samples of a second of each.
    pub sampling_rates: Vec<u32>,
}

/// The `.wav` files of a folder, in which there is a folder for each class, with their classes: `words/yes/1.wav`,
/// `words/no/2.wav`. As `keras.utils.audio_dataset_from_directory`, with its defaults but for batches, which `fit` makes; the
/// sounds of all files are filled up to the longest. They must have 16 bits a sample, as there, and equally many channels;
/// another `sampling_rate` is not made. Set what is not a default, then `read`.
///
/// ```no_run
/// use keras_core::data::audio_dataset_from_directory;
///
/// let words = audio_dataset_from_directory("words").output_sequence_length(16_000).seed(1).read()?;
/// println!("{:?} {:?}", words.class_names, words.sounds.shape());
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// Source: <https://keras.io/api/data_loading/audio/>.
pub fn audio_dataset_from_directory(directory: impl AsRef<Path>) -> AudioFolder {
    AudioFolder { directory: directory.as_ref().to_path_buf(), listing: Listing::default(), length: None }
}

impl AudioFolder {
    super::folder::listing_arguments!();

    /// How many samples each sound has: longer ones are cut, shorter ones filled up with zeros. As many as the longest
    /// unless set.
    #[must_use]
    pub fn output_sequence_length(mut self, samples: usize) -> Self {
        self.length = Some(samples);
        self
    }

    /// Reads the sounds.
    ///
    /// # Errors
    /// A folder or a file that cannot be read; a file that is no such sound; arguments that do not go together.
    pub fn read(self) -> Result<Sounds, DataError> {
        let Listed { class_names, files } = self.listing.files(&self.directory, &["wav"])?;
        let mut read = Vec::with_capacity(files.len());
        for (path, _) in &files {
            let bytes =
                std::fs::read(path).map_err(|source| DataError::Read { path: path.clone(), source })?;
            let wave = wave(&bytes);
            read.push(wave.map_err(|problem| DataError::Malformed {
                path: path.clone(),
                place: "the sound".into(),
                problem,
            })?);
        }
        let channels = read[0].channels;
        if let Some(other) = read.iter().position(|wave| wave.channels != channels) {
            let problem = format!("{} channels, and the first file has {channels}", read[other].channels);
            let (path, place) = (files[other].0.clone(), "the sound".into());
            return Err(DataError::Malformed { path, place, problem });
        }
        let longest = read.iter().map(|wave| wave.samples.len() / channels).max().unwrap_or(0);
        let length = self.length.unwrap_or(longest);
        let mut sounds = Array3::zeros((read.len(), length, channels));
        for (wave, mut to) in read.iter().zip(sounds.outer_iter_mut()) {
            to.iter_mut().zip(&wave.samples).for_each(|(to, from)| *to = *from);
        }
        let labels = files.iter().map(|(_, label)| *label).collect();
        let paths = files.into_iter().map(|(path, _)| path).collect();
        let sampling_rates = read.iter().map(|wave| wave.rate).collect();
        Ok(Sounds { sounds, labels, class_names, paths, sampling_rates })
    }
}

struct Wave {
    channels: usize,
    rate: u32,
    /// All channels of each sample.
    samples: Vec<f32>,
}

/// Reads a file in the format WAVE with 16 bits a sample.
fn wave(bytes: &[u8]) -> Result<Wave, String> {
    let header = bytes.get(..12).filter(|b| b.starts_with(b"RIFF") && b.ends_with(b"WAVE"));
    header.ok_or("it is no WAV file")?;
    let mut rest = &bytes[12..];
    let mut format: Option<(usize, u32)> = None;
    while let Some((head, behind)) = rest.split_at_checked(8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let chunk = &behind[..length.min(behind.len())];
        match &head[..4] {
            b"fmt " => {
                let word = |at: usize| {
                    let bytes = chunk.get(at..at + 2).ok_or("its format is cut off")?;
                    Ok::<u16, String>(u16::from_le_bytes([bytes[0], bytes[1]]))
                };
                let (kind, channels, bits) = (word(0)?, word(2)?, word(14)?);
                // 0xFFFE says what it is behind: the first two bytes of an identifier.
                let kind = if kind == 0xFFFE { word(24)? } else { kind };
                if kind != 1 || bits != 16 || channels == 0 {
                    return Err(format!(
                        "16 bits a sample in whole numbers are read, as in Keras; found format {kind} of {bits} bits and {channels} channels"
                    ));
                }
                let rate = u32::from(word(4)?) | u32::from(word(6)?) << 16;
                format = Some((usize::from(channels), rate));
            }
            b"data" => {
                let (channels, rate) = format.ok_or("its data stand before its format")?;
                let whole = chunk.len() / (2 * channels) * 2 * channels;
                let sample = |b: &[u8]| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0;
                let samples = chunk[..whole].chunks_exact(2).map(sample).collect();
                return Ok(Wave { channels, rate, samples });
            }
            _ => {}
        }
        rest = behind.get(length + length % 2..).unwrap_or_default();
    }
    Err("it has no data".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(channels: u16, bits: u16, samples: &[i16]) -> Vec<u8> {
        let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0".to_vec();
        bytes.extend(channels.to_le_bytes());
        bytes.extend(8000u32.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    /// Numbers by `tf.audio.decode_wav`: a sample over 32768.
    #[test]
    fn sounds_are_filled_up_or_cut() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("no/a.wav", file(2, 16, &[16384, -32768, 1, 2])),
            ("yes/b.WAV", file(2, 16, &[0, 8192, 32767, 3, 5, 6])),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let read = audio_dataset_from_directory(folder.path()).shuffle(false).read().unwrap();
        assert_eq!(read.sounds.shape(), [2, 3, 2]);
        let first = [0.5, -1.0, 1.0 / 32768.0, 2.0 / 32768.0, 0.0, 0.0];
        assert_eq!(read.sounds.iter().take(6).copied().collect::<Vec<f32>>(), first);
        assert_eq!((read.labels.to_vec(), read.sampling_rates), (vec![0, 1], vec![8000, 8000]));
        let cut = audio_dataset_from_directory(folder.path()).shuffle(false).output_sequence_length(1);
        let cut = cut.read().unwrap();
        assert_eq!(cut.sounds.iter().copied().collect::<Vec<f32>>(), [0.5, -1.0, 0.0, 0.25]);
        let one =
            audio_dataset_from_directory(folder.path()).validation_split(0.5).subset(Subset::Validation);
        assert_eq!(one.shuffle(false).read().unwrap().labels.to_vec(), [1]);
    }

    #[test]
    fn other_files_are_refused() {
        for (bytes, wanted) in [
            (b"RIFX".to_vec(), "it is no WAV file"),
            (file(1, 8, &[1]), "found format 1 of 8 bits and 1 channels"),
            (b"RIFF\0\0\0\0WAVE".to_vec(), "it has no data"),
            (b"RIFF\0\0\0\0WAVEdata\x02\0\0\0ab".to_vec(), "its data stand before its format"),
            (b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff\x01\0".to_vec(), "its format is cut off"),
        ] {
            let error = wave(&bytes).err().unwrap_or_default();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
