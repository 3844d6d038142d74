//! Collaborative filtering for recommendations: a vector for each user and each film, and a rating is how far they point the
//! same way. Made-up ratings: users like films of their own taste.

use keras_core::prelude::*;
use ndarray::{Array1, Array2, Axis};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

const USERS: usize = 200;
const FILMS: usize = 300;

model! {
    pub struct Recommender {
        let user = Input(dtype = "int32");
        let film = Input(dtype = "int32");
        let user_vector = user => Embedding(USERS, 8, embeddings_initializer = "he_normal", embeddings_regularizer = regularizers.l2(1e-6));
        let user_bias = user => Embedding(USERS, 1);
        let film_vector = film => Embedding(FILMS, 8, embeddings_initializer = "he_normal", embeddings_regularizer = regularizers.l2(1e-6));
        let film_bias = film => Embedding(FILMS, 1);
        let dot_user_film = [user_vector, film_vector] => Dot(axes = 1);
        dot_user_film + user_bias + film_bias => Activation("sigmoid")
    }
}

pub fn run() -> keras_core::Result<String> {
    let mut rng = keras_examples::rng(1);
    let mut tastes = |n: usize| Array2::from_shape_fn((n, 3), |_| StandardNormal.sample(&mut rng));
    let (of_users, of_films): (Array2<f32>, Array2<f32>) = (tastes(USERS), tastes(FILMS));
    let n = 20_000;
    let users = Array1::from_shape_fn(n, |_| rng.random_range(0..USERS));
    let films = Array1::from_shape_fn(n, |_| rng.random_range(0..FILMS));
    let ratings = Array2::from_shape_fn((n, 1), |(i, _)| {
        let alike = of_users.row(users[i]).dot(&of_films.row(films[i]));
        (1.0 / (1.0 + (-alike).exp()) + rng.random_range(-0.05..0.05)).clamp(0.0, 1.0)
    });
    let (train, test): (Vec<usize>, Vec<usize>) = ((0..18_000).collect(), (18_000..n).collect());
    let part = |rows: &[usize]| {
        (users.select(Axis(0), rows), films.select(Axis(0), rows), ratings.select(Axis(0), rows))
    };
    let ((users, films, ratings), (new_users, new_films, new_ratings)) = (part(&train), part(&test));
    let mut model = Recommender::new().compile(Adam::new(5e-3), BinaryCrossentropy::new(), ["mae"]);
    model.fit((&users, &films), &ratings).batch_size(64).epochs(8).verbose(0).run()?;
    let error = model.evaluate((&new_users, &new_films), &new_ratings).verbose(0).run()?["mae"];
    let mean = ratings.mean().unwrap_or(0.5);
    let baseline = new_ratings.mapv(|rating| (rating - mean).abs()).mean().unwrap_or(f32::NAN);
    assert!(error < 0.6 * f64::from(baseline), "{error} {baseline}");
    Ok(format!(
        "ratings from 0 to 1 that were kept aside: mean error {error:.3}; saying the mean: {baseline:.3}"
    ))
}
