//! The files that TensorBoard reads: records with checksums, each an `Event` in the encoding of protocol buffers.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::GraphNode;

/// A file of events.
#[derive(Debug)]
pub(super) struct EventFile {
    path: PathBuf,
    file: BufWriter<File>,
}

/// Two files of one process in one second have different names.
static FILES: AtomicUsize = AtomicUsize::new(0);

impl EventFile {
    /// Begins a file in this folder, which is made if it is not there.
    pub fn create(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (seconds, number) = (now() as u64, FILES.fetch_add(1, Ordering::Relaxed));
        let name = format!("events.out.tfevents.{seconds}.keras-core.{}.{number}.v2", std::process::id());
        let path = folder.join(name);
        let file = BufWriter::new(File::options().write(true).create_new(true).open(&path)?);
        let mut events = EventFile { path, file };
        let mut event = Message::default();
        event.double(1, now());
        event.bytes(3, b"brain.Event:2");
        events.record(&event.0)?;
        Ok(events)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a number.
    pub fn scalar(&mut self, tag: &str, value: f64, step: u64) -> io::Result<()> {
        let mut tensor = Message::default();
        tensor.varint(1, FLOAT);
        tensor.bytes(2, &[]);
        tensor.bytes(5, &(value as f32).to_le_bytes());
        self.value(tag, &tensor, "scalars", SCALAR, step)
    }

    /// Adds how often numbers are in each of 30 intervals of their range. Infinities and NaN are in none.
    pub fn histogram(&mut self, tag: &str, values: &[f32], step: u64) -> io::Result<()> {
        let rows = buckets(values);
        let (mut shape, mut content) = (Message::default(), Vec::with_capacity(24 * rows.len()));
        for length in [rows.len(), 3] {
            let mut dim = Message::default();
            dim.varint(1, length as u64);
            shape.bytes(2, &dim.0);
        }
        rows.iter().flatten().for_each(|x| content.extend(x.to_le_bytes()));
        let mut tensor = Message::default();
        tensor.varint(1, DOUBLE);
        tensor.bytes(2, &shape.0);
        tensor.bytes(4, &content);
        self.value(tag, &tensor, "histograms", TENSOR, step)
    }

    /// Adds pictures of one size, width and height, each the bytes of a file of PNG.
    pub fn images(&mut self, tag: &str, size: [usize; 2], files: &[Vec<u8>], step: u64) -> io::Result<()> {
        let (mut shape, mut dim, mut tensor) = (Message::default(), Message::default(), Message::default());
        dim.varint(1, files.len() as u64 + 2);
        shape.bytes(2, &dim.0);
        tensor.varint(1, STRING);
        tensor.bytes(2, &shape.0);
        size.iter().for_each(|length| tensor.bytes(8, length.to_string().as_bytes()));
        files.iter().for_each(|file| tensor.bytes(8, file));
        self.value(tag, &tensor, "images", BLOBS, step)
    }

    /// Adds a graph: a `GraphDef`, in which each node is a layer.
    pub fn graph(&mut self, nodes: &[GraphNode]) -> io::Result<()> {
        let mut graph = Message::default();
        for node in nodes {
            let (mut def, mut class, mut attribute) =
                (Message::default(), Message::default(), Message::default());
            def.bytes(1, node.name.as_bytes());
            def.bytes(2, node.class.as_bytes());
            node.inputs.iter().for_each(|input| def.bytes(3, input.as_bytes()));
            class.bytes(2, node.class.as_bytes());
            attribute.bytes(1, b"keras_class");
            attribute.bytes(2, &class.0);
            def.bytes(5, &attribute.0);
            graph.bytes(1, &def.0);
        }
        let mut event = Message::default();
        event.double(1, now());
        event.bytes(4, &graph.0);
        self.record(&event.0)
    }

    /// What has been added is in the file.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    /// An `Event` with a `Summary` of one value.
    fn value(&mut self, tag: &str, tensor: &Message, plugin: &str, class: u64, step: u64) -> io::Result<()> {
        let (mut data, mut metadata) = (Message::default(), Message::default());
        data.bytes(1, plugin.as_bytes());
        metadata.bytes(1, &data.0);
        metadata.varint(4, class);
        let (mut value, mut summary, mut event) =
            (Message::default(), Message::default(), Message::default());
        value.bytes(1, tag.as_bytes());
        value.bytes(8, &tensor.0);
        value.bytes(9, &metadata.0);
        summary.bytes(1, &value.0);
        event.double(1, now());
        event.varint(2, step);
        event.bytes(5, &summary.0);
        self.record(&event.0)
    }

    /// A record: its length and its bytes, each with a checksum.
    fn record(&mut self, data: &[u8]) -> io::Result<()> {
        let length = (data.len() as u64).to_le_bytes();
        self.file.write_all(&length)?;
        self.file.write_all(&masked(&length).to_le_bytes())?;
        self.file.write_all(data)?;
        self.file.write_all(&masked(data).to_le_bytes())
    }
}

// Numbers of `DataType` and `DataClass`.
const FLOAT: u64 = 1;
const DOUBLE: u64 = 2;
const STRING: u64 = 7;
const SCALAR: u64 = 1;
const TENSOR: u64 = 2;
const BLOBS: u64 = 3;

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// A message of protocol buffers: its fields one behind the other.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// A field that is a whole number.
    fn varint(&mut self, field: u64, value: u64) {
        self.number(field << 3);
        self.number(value);
    }

    /// A field that is a number of 64 bits.
    fn double(&mut self, field: u64, value: f64) {
        self.number(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
    }

    /// A field that is text, a message or a list of numbers.
    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.number(field << 3 | 2);
        self.number(value.len() as u64);
        self.0.extend(value);
    }
}

/// The checksum CRC-32C, turned and moved so that checksums of checksums differ.
fn masked(data: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0x82F6_3B78 } else { 0 };
        }
    }
    (!crc).rotate_right(15).wrapping_add(0xA282_EAD8)
}

/// Left edge, right edge and count of each interval, as `tf.summary.histogram` has them.
fn buckets(values: &[f32]) -> Vec<[f64; 3]> {
    const COUNT: usize = 30;
    let finite = || values.iter().filter(|x| x.is_finite()).map(|x| f64::from(*x));
    let (min, max) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if min > max {
        return vec![[0.0; 3]; COUNT];
    }
    if min == max {
        return vec![[min - 0.5, max + 0.5, finite().count() as f64]];
    }
    let width = (max - min) / COUNT as f64;
    let edge = |i: usize| if i == COUNT { max } else { min + width * i as f64 };
    let mut rows: Vec<[f64; 3]> = (0..COUNT).map(|i| [edge(i), edge(i + 1), 0.0]).collect();
    for x in finite() {
        let at = ((x - min) / width) as usize;
        rows[at.min(COUNT - 1)][2] += 1.0;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-32C in the catalogue of parametrised CRC algorithms: 0xE3069283.
    #[test]
    fn checksums_are_those_of_crc_32c() {
        assert_eq!(masked(b"123456789"), 0xE306_9283u32.rotate_right(15).wrapping_add(0xA282_EAD8));
        assert_eq!(masked(b""), 0xA282_EAD8);
    }

    #[test]
    fn each_number_is_in_one_interval() {
        let rows = buckets(&[0.0, 1.0, 2.0, 3.0, 3.0, f32::NAN, f32::INFINITY]);
        assert_eq!(rows.len(), 30);
        assert_eq!((rows[0][0], rows[29][1]), (0.0, 3.0));
        assert_eq!(rows.iter().map(|row| row[2]).sum::<f64>(), 5.0);
        assert_eq!([rows[0][2], rows[10][2], rows[20][2], rows[29][2]], [1.0, 1.0, 1.0, 2.0]);
        assert_eq!(buckets(&[2.0; 3]), [[1.5, 2.5, 3.0]]);
        assert_eq!(buckets(&[f32::NAN]), [[0.0; 3]; 30]);
    }

    #[test]
    fn numbers_are_those_of_protocol_buffers() {
        // The examples of https://protobuf.dev/programming-guides/encoding/.
        let mut message = Message::default();
        message.varint(1, 150);
        message.bytes(2, b"testing");
        assert_eq!(message.0, [0x08, 0x96, 0x01, 0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67]);
    }
}
