//! Integers by tables: numbers of buckets, and places in a vocabulary.

use smallvec::SmallVec;

use crate::error::Problem;
use crate::fingerprint::{CROSSING, crossed, fingerprint, sip_hash};
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::operand::Operand;
use crate::symbolic::{apply, mistaken};
use crate::{DType, Symbolic};

/// What an integer becomes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Table {
    /// The hash of its digits modulo a number of buckets; with a key, SipHash.
    Buckets { buckets: u64, key: Option<[u64; 2]> },
    /// The hash of all inputs' integers together.
    Crossed { buckets: u64 },
    /// The value of the same key, keys in order; another value for integers that are none.
    Values { keys: Vec<i32>, values: Vec<i32>, other: i32 },
}

impl Op for Table {
    fn name(&self) -> &'static str {
        match self {
            Table::Buckets { .. } => "hash_buckets",
            Table::Crossed { .. } => "crossed_buckets",
            Table::Values { .. } => "look_up",
        }
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(match self {
            Table::Buckets { buckets, key } => Operation::HashBuckets { buckets: *buckets, key: *key },
            Table::Crossed { buckets } => Operation::CrossedBuckets { buckets: *buckets },
            Table::Values { keys, values, other } => {
                Operation::LookUp { keys: keys.clone(), values: values.clone(), other: *other }
            }
        })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        for x in &inputs[1..] {
            if x.shape != inputs[0].shape {
                let text = format!("integers of shapes {} and {} are not crossed", inputs[0].shape, x.shape);
                return Err(Problem::Argument(text));
            }
        }
        Ok(one(inputs[0].clone()))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let to = integers_mut(io.outputs[0]);
        let x = io.inputs[0].integers();
        match self {
            Table::Buckets { buckets, key } => {
                to.iter_mut().zip(x).for_each(|(to, x)| *to = bucket(*x, *buckets, *key));
            }
            Table::Crossed { buckets } => {
                for (i, to) in to.iter_mut().enumerate() {
                    let features = io.inputs.iter().map(|x| i64::from(x.integers()[i]) as u64);
                    *to = (features.fold(CROSSING, crossed) % buckets) as i32;
                }
            }
            Table::Values { keys, values, other } => {
                let find = |x: &i32| keys.binary_search(x).map_or(*other, |at| values[at]);
                to.iter_mut().zip(x).for_each(|(to, x)| *to = find(x));
            }
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None; at.inputs.len()]
    }
}

/// The bucket of an integer, by its digits.
fn bucket(x: i32, buckets: u64, key: Option<[u64; 2]>) -> i32 {
    // The sign and ten digits at most.
    let (mut text, mut at, mut rest) = ([0u8; 11], 11, x.unsigned_abs());
    loop {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if x < 0 {
        at -= 1;
        text[at] = b'-';
    }
    let hash = match key {
        Some(key) => sip_hash(key, &text[at..]),
        None => fingerprint(&text[at..]),
    };
    (hash % buckets) as i32
}

fn table(name: &'static str, x: &[Symbolic], of: impl FnOnce() -> Result<Table, Problem>) -> Symbolic {
    if let Some(mistake) = mistaken(&x.iter().collect::<Vec<_>>()) {
        return mistake;
    }
    let integers: SmallVec<[Symbolic; 4]> = x.iter().map(|x| crate::cast(x, DType::Int32)).collect();
    match of() {
        Ok(table) => apply(table, &integers),
        Err(problem) => Symbolic::mistake(name, problem),
    }
}

/// As many buckets as there are.
fn count(buckets: usize) -> Result<u64, Problem> {
    match i32::try_from(buckets) {
        Ok(1..) => Ok(buckets as u64),
        _ => Err(Problem::Argument(format!(
            "{buckets} buckets: there must be at least 1, and at most 2^31 - 1"
        ))),
    }
}

/// For each integer its bucket: FarmHash's fingerprint of its decimal digits modulo `buckets`, or, with a key, SipHash's,
/// as `tf.strings.to_hash_bucket_fast` and `to_hash_bucket_strong` have it.
#[track_caller]
pub fn hash_buckets(x: impl Operand, buckets: usize, key: Option<[u64; 2]>) -> Symbolic {
    table("hash_buckets", &[x.symbolic()], || Ok(Table::Buckets { buckets: count(buckets)?, key }))
}

/// For the integers at each place of all of `columns`, which have one shape, their common bucket, as
/// `tf.sparse.cross_hashed` has it.
#[track_caller]
pub fn crossed_buckets(columns: &[&dyn Operand], buckets: usize) -> Symbolic {
    let columns: Vec<Symbolic> = columns.iter().map(|x| x.symbolic()).collect();
    if columns.is_empty() {
        return Symbolic::mistake(
            "crossed_buckets",
            Problem::Argument("there is nothing to cross".to_string()),
        );
    }
    table("crossed_buckets", &columns, || Ok(Table::Crossed { buckets: count(buckets)? }))
}

/// For each integer the second number of the pair in `table` whose first it is; `other` if there is none.
#[track_caller]
pub fn look_up(x: impl Operand, pairs: &[(i32, i32)], other: i32) -> Symbolic {
    let mut pairs = pairs.to_vec();
    // Of a key that is there twice the first value counts.
    pairs.sort_by_key(|(key, _)| *key);
    pairs.dedup_by_key(|(key, _)| *key);
    let (keys, values) = pairs.into_iter().unzip();
    table("look_up", &[x.symbolic()], || Ok(Table::Values { keys, values, other }))
}
