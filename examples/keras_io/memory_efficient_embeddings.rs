//! Memory-efficient embeddings for recommendation systems: the vector of an id is the product of one for its quotient and one
//! for its remainder, so that many ids take few rows. Made-up ratings, as in `collaborative_filtering`.

use keras_core::prelude::*;
use ndarray::{Array1, Array2, Axis, s};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

const USERS: usize = 240;
const FILMS: usize = 400;
const BUCKETS: usize = 20;

model! {
    pub struct Full {
        let user = Input(dtype = "int32");
        let film = Input(dtype = "int32");
        let user_vector = user => Embedding(USERS, 16);
        let film_vector = film => Embedding(FILMS, 16);
        [user_vector, film_vector] => Dot(axes = 1) => Activation("sigmoid")
    }
}

model! {
    pub struct Efficient {
        let qr_embedding = |ids, vocabulary| {
            let quotient = ops::floor_divide(ids, 20) => Embedding(vocabulary / 20, 16, embeddings_initializer = "he_normal");
            let remainder = ids % 20 => Embedding(20, 16, embeddings_initializer = "he_normal");
            quotient * remainder
        };
        let user = Input(dtype = "int32");
        let film = Input(dtype = "int32");
        let user_vector = qr_embedding(user, 240);
        let film_vector = qr_embedding(film, 400);
        [user_vector, film_vector] => Dot(axes = 1) => Activation("sigmoid")
    }
}

pub fn run() -> keras_core::Result<String> {
    // What users of one number and films of one number have in common, as ids of a shop that go by branch and shelf.
    let mut rng = keras_examples::rng(1);
    let mut tastes = |n: usize| {
        let mut part = |n: usize| Array2::from_shape_fn((n, 3), |_| StandardNormal.sample(&mut rng));
        let (by_quotient, by_remainder): (Array2<f32>, Array2<f32>) = (part(n / BUCKETS), part(BUCKETS));
        Array2::from_shape_fn((n, 3), |(i, k)| by_quotient[[i / BUCKETS, k]] * by_remainder[[i % BUCKETS, k]])
    };
    let (of_users, of_films) = (tastes(USERS), tastes(FILMS));
    let n = 16_000;
    let users = Array1::from_shape_fn(n, |_| rng.random_range(0..USERS));
    let films = Array1::from_shape_fn(n, |_| rng.random_range(0..FILMS));
    let ratings = Array1::from_shape_fn(n, |i| {
        1.0 / (1.0 + (-of_users.row(users[i]).dot(&of_films.row(films[i]))).exp())
    })
    .insert_axis(Axis(1));
    let known = (users.slice(s![..14_000]).to_owned(), films.slice(s![..14_000]).to_owned());
    let new = (users.slice(s![14_000..]).to_owned(), films.slice(s![14_000..]).to_owned());
    let (known_ratings, new_ratings) = (ratings.slice(s![..14_000, ..]), ratings.slice(s![14_000.., ..]));

    let (full, efficient) = (Full::new(), Efficient::new());
    let sizes = (full.count_params(), efficient.count_params());
    let mut full = full.compile(Adam::new(5e-3), MeanSquaredError::new(), ["mae"]);
    full.fit((&known.0, &known.1), &known_ratings).batch_size(64).epochs(10).verbose(0).run()?;
    let by_full = full.evaluate((&new.0, &new.1), &new_ratings).verbose(0).run()?["mae"];
    let mut efficient = efficient.compile(Adam::new(5e-3), MeanSquaredError::new(), ["mae"]);
    efficient.fit((&known.0, &known.1), &known_ratings).batch_size(64).epochs(10).verbose(0).run()?;
    let by_efficient = efficient.evaluate((&new.0, &new.1), &new_ratings).verbose(0).run()?["mae"];
    assert!(by_efficient < 0.15 && sizes.1 * 4 < sizes.0, "{by_efficient} {sizes:?}");
    Ok(format!(
        "mean error of new ratings {by_full:.3} with {} parameters, {by_efficient:.3} with {}",
        sizes.0, sizes.1
    ))
}
