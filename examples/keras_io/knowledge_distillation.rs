//! Knowledge distillation: a small network learns from what a large one says, softened by a temperature. Real handwritten
//! digits.

use keras_core::prelude::*;
use ndarray::Axis;
use rand::seq::SliceRandom;

use crate::data::{digits, share};

const TEMPERATURE: f32 = 3.0;
const ALPHA: f32 = 0.1;

model! {
    pub struct Teacher {
        Input(shape = (8, 8, 1))
            => Conv2D(64, (3, 3), padding = "same")
            => LeakyReLU(negative_slope = 0.2)
            => MaxPooling2D(pool_size = (2, 2), strides = 1, padding = "same")
            => Conv2D(64, (3, 3), strides = (2, 2), padding = "same")
            => Flatten()
            => Dense(10)
    }
}

model! {
    #[derive(Clone)]
    pub struct Student {
        Input(shape = (8, 8, 1))
            => Conv2D(4, (3, 3), strides = (2, 2), padding = "same")
            => LeakyReLU(negative_slope = 0.2)
            => Conv2D(8, (3, 3), strides = (2, 2), padding = "same")
            => Flatten()
            => Dense(10)
    }
}

pub fn run() -> keras_core::Result<String> {
    let data = digits()?;
    let logits = || SparseCategoricalCrossentropy::new().from_logits(true);
    let mut teacher = Teacher::new().compile(Adam::new(1e-3), logits(), ["accuracy"]);
    teacher.fit(&data.train_x, &data.train_y).epochs(8).verbose(0).run()?;
    let taught = teacher.evaluate(&data.test_x, &data.test_y).verbose(0).run()?["accuracy"];
    let mut teacher = teacher.into_model();

    let mut student = Student::new();
    let mut alone = student.clone().compile(Adam::new(3e-3), logits(), ["accuracy"]);
    let mut distil = TrainStep::new(|tape, [teacher, student], [x, y]| {
        let teacher_pred = tape.call(teacher.training(false), &x)?;
        let y_pred = tape.call(student, &x)?;
        let student_loss = ops::sparse_categorical_crossentropy(y, &y_pred).from_logits(true);
        let student_loss = ops::mean(student_loss, None);
        let softened = ops::softmax(ops::stop_gradient(teacher_pred) / TEMPERATURE, -1);
        let divergence =
            &softened * (ops::log(&softened + 1e-7) - ops::log_softmax(y_pred / TEMPERATURE, -1));
        let distillation_loss = ops::mean(ops::sum(divergence, -1), None) * (TEMPERATURE * TEMPERATURE);
        let loss = student_loss * ALPHA + distillation_loss * (1.0 - ALPHA);
        tape.minimize(&loss, student, Adam::new(3e-3))?;
        Ok([loss])
    });
    let mut rows: Vec<usize> = (0..data.train_y.len()).collect();
    alone.fit(&data.train_x, &data.train_y).epochs(12).verbose(0).run()?;
    let mut rng = keras_examples::rng(1);
    for _ in 0..12 {
        rows.shuffle(&mut rng);
        for batch in rows.chunks_exact(32) {
            let (x, y) = (data.train_x.select(Axis(0), batch), data.train_y.select(Axis(0), batch));
            distil.run([&mut teacher, &mut student], [&x, &y.mapv(i32::from)])?;
        }
    }
    let distilled = share(student.predict(&data.test_x)?.argmax()?, data.test_y.mapv(usize::from));
    let alone = alone.evaluate(&data.test_x, &data.test_y).verbose(0).run()?["accuracy"];
    assert!(taught > 0.95 && distilled > 0.8, "{taught} {distilled}");
    Ok(format!(
        "teacher {:.1} %; student of the teacher {:.1} %, of the labels alone {:.1} %",
        100.0 * taught,
        100.0 * distilled,
        100.0 * alone
    ))
}
