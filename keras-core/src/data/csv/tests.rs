use ndarray::array;

use super::*;

fn table(text: &str, options: &CsvOptions) -> Result<CsvTable, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    let place = format!("{}", path.display());
    read(&path, options).map_err(|error| error.to_string().replace(&place, "t.csv"))
}

fn plain(text: &str) -> Result<CsvTable, String> {
    table(text, &CsvOptions::default())
}

#[test]
fn headers_are_found_or_told() {
    let with = plain("age, income\n1,2.5\n3,-4e2\n").unwrap();
    assert_eq!(with.names, ["age", "income"]);
    assert_eq!(with.values, array![[1.0, 2.5], [3.0, -400.0]]);
    let without = plain("1,2\n3,4").unwrap();
    assert_eq!(without.names, ["0", "1"]);
    assert_eq!(without.values, array![[1.0, 2.0], [3.0, 4.0]]);
    let years = CsvOptions { header: CsvHeader::Present, ..CsvOptions::default() };
    assert_eq!(table("2023,2024\n1,2\n", &years).unwrap().names, ["2023", "2024"]);
    assert_eq!(table("2023,2024\n", &years).unwrap().values.shape(), [0, 2]);
}

#[test]
fn marks_of_origin_do_not_matter() {
    // The byte order mark that spreadsheets write, their line ends, quotes, and a blank line at the end.
    let table = plain("\u{feff}\"a\",b\r\n\"1\",2\r\n\r\n").unwrap();
    assert_eq!(table.names, ["a", "b"]);
    assert_eq!(table.values, array![[1.0, 2.0]]);
}

#[test]
fn targets_split_off_by_name() {
    let table = plain("a,b,c\n1,2,3\n4,5,6\n").unwrap();
    let (x, y) = table.split(&["c", "a"]).unwrap();
    assert_eq!(x, array![[2.0], [5.0]]);
    assert_eq!(y, array![[3.0, 1.0], [6.0, 4.0]]);
    assert_eq!(table.column("b").unwrap(), array![2.0, 5.0]);
    let error = table.column("d").unwrap_err().to_string();
    assert!(error.ends_with("t.csv: no column \"d\"; there are: a, b, c"), "{error}");
}

#[test]
fn text_columns_can_be_skipped_and_gaps_filled() {
    let options = CsvOptions {
        delimiter: b';',
        skip: vec!["name".to_string()],
        missing: Some(-1.0),
        ..CsvOptions::default()
    };
    let table = table("name;x;y\nAnn;1;NA\nBob;;2\n", &options).unwrap();
    assert_eq!(table.names, ["x", "y"]);
    assert_eq!(table.values, array![[1.0, -1.0], [-1.0, 2.0]]);
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for end in ["\n", "\r\n", "\r"] {
        let text = |lines: &[&str]| lines.join(end);
        let error = plain(&text(&["a,b", "1,2", "3,x", "4,5", ""])).unwrap_err();
        assert!(error.starts_with("t.csv, line 3, column \"b\": \"x\" is not a number;"), "{end:?}: {error}");
        let error = plain(&text(&["\u{feff}a,b", "", "", "1,2", "", "3,x"])).unwrap_err();
        assert!(error.starts_with("t.csv, line 6,"), "{end:?}: {error}");
        let error = plain(&text(&["a,b", "1,2", "3"])).unwrap_err();
        assert!(error.starts_with("t.csv, line 3: 1 cells"), "{end:?}: {error}");
        let error = plain(&text(&["", "a,a", "1,2"])).unwrap_err();
        assert!(error.starts_with("t.csv, line 2: two columns"), "{end:?}: {error}");
        let quoted = plain(&text(&["a,b", "1,\"2", "\"", "1,q"])).unwrap_err();
        assert!(quoted.starts_with("t.csv, line 4,"), "{end:?}: {quoted}");
    }
}

#[test]
fn whole_numbers_are_never_rounded() {
    let text = "id,x\n16777217,1\n4294967299,2\n-9007199254740993,3\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    let exact = read_as::<i64>(&path, &CsvOptions::default()).unwrap();
    assert_eq!(exact.values.column(0), array![16_777_217, 4_294_967_299, -9_007_199_254_740_993]);
    let error = |text: &str| plain(text).unwrap_err();
    assert!(
        error("id\n16777216\n16777217\n")
            .contains("line 3, column \"id\": 16777217 is a whole number that a 32-bit float has to round")
    );
    let doubles = read_as::<f64>(&path, &CsvOptions::default()).unwrap_err().to_string();
    assert!(doubles.contains("-9007199254740993 is a whole number that a 64-bit float"), "{doubles}");
    let ints = read_as::<i32>(&path, &CsvOptions::default()).unwrap_err().to_string();
    assert!(ints.contains("line 3, column \"id\": 4294967299 is beyond the range of i32"), "{ints}");
    std::fs::write(&path, "id\n1.5\n").unwrap();
    let half = read_as::<i64>(&path, &CsvOptions::default()).unwrap_err().to_string();
    assert!(half.ends_with("\"1.5\" is not a whole number"), "{half}");
    let gap = CsvOptions { missing: Some(0.5), ..CsvOptions::default() };
    assert!(read_as::<i64>(&path, &gap).is_err());
}

#[test]
fn a_limit_is_kept() {
    let limited = |limit: u64| CsvOptions { limit: Some(limit), ..CsvOptions::default() };
    assert_eq!(table("1,2\n3,4\n", &limited(16)).unwrap().values.len(), 4);
    let error = table("1,2\n3,4\n", &limited(15)).unwrap_err();
    assert!(error.starts_with("t.csv, line 2: takes more than 15 bytes of memory"), "{error}");
}

#[test]
fn errors_name_line_and_column() {
    let error = |text| plain(text).unwrap_err();
    let word = "t.csv, line 3, column \"b\": \"x\" is not a number; of a column of words the option `columns` makes numbers";
    assert_eq!(error("a,b\n1,2\n3,x\n"), word);
    assert!(error("a,b\n1,\n").starts_with("t.csv, line 2, column \"b\": no value"));
    assert_eq!(error("a,b\n1,2,3\n"), "t.csv, line 2: 3 cells, but the first line has 2");
    assert_eq!(error("a,a\n1,2\n"), "t.csv, line 1: two columns are named \"a\"");
    assert_eq!(error(""), "t.csv, line 1: the file is empty");
    assert!(error("a\n1e40\n").ends_with("1e40 is too large for a 32-bit float"));
    let skip = CsvOptions { skip: vec!["z".to_string()], ..CsvOptions::default() };
    assert!(table("a\n1\n", &skip).unwrap_err().contains("no column \"z\""));
    // A line break within quotes counts as a line.
    let quoted = "a,b\n\"x\ny\",1\n1,q\n";
    let skip = CsvOptions { skip: vec!["a".to_string()], ..CsvOptions::default() };
    assert!(table(quoted, &skip).unwrap_err().contains("line 4"));
}

/// What scikit-learn's `LabelEncoder` and pandas' `get_dummies` make of the same words.
#[test]
fn words_become_numbers_in_the_order_of_the_alphabet() {
    let text = "n,color,kind\n1,red,b\n2,blue,a\n3,red,c\n4,Blue,b\n";
    let options = CsvOptions::default().column("kind", Column::classes()).column("color", Column::one_hot());
    let table = table(text, &options).unwrap();
    assert_eq!(table.names, ["n", "color_Blue", "color_blue", "color_red", "kind"]);
    assert_eq!(
        table.values,
        array![
            [1.0, 0.0, 0.0, 1.0, 1.0],
            [2.0, 0.0, 1.0, 0.0, 0.0],
            [3.0, 0.0, 0.0, 1.0, 2.0],
            [4.0, 1.0, 0.0, 0.0, 1.0]
        ]
    );
    assert_eq!(table.words("kind").unwrap(), ["a", "b", "c"]);
    assert_eq!(table.words("color").unwrap(), ["Blue", "blue", "red"]);
    assert!(
        table
            .words("n")
            .unwrap_err()
            .to_string()
            .contains("no column of words \"n\"; there are: color, kind")
    );
    // A name of the file stands for all columns that are made of it.
    let (x, y) = table.split(&["color"]).unwrap();
    assert_eq!((x.shape(), y.shape()), (&[4, 2][..], &[4, 3][..]));
    let (_, one) = table.split(&["color_red"]).unwrap();
    assert_eq!(one, array![[1.0], [0.0], [1.0], [0.0]]);
}

#[test]
fn another_file_gets_the_same_numbers() {
    let options = CsvOptions::default().column("kind", Column::classes().vocabulary(["c", "a", "NA"]));
    assert_eq!(table("kind\na\nc\nNA\n", &options).unwrap().values, array![[1.0], [0.0], [2.0]]);
    let other = table("kind\na\r\nb\n", &options).unwrap_err();
    assert!(other.starts_with("t.csv, line 3, column \"kind\": \"b\" is not one of the words"), "{other}");
    let twice = CsvOptions::default().column("kind", Column::one_hot().vocabulary(["a", "a"]));
    assert!(table("kind\na\n", &twice).unwrap_err().contains("\"a\" stands twice"));
    let unknown = CsvOptions::default().column("sort", Column::classes());
    assert!(table("kind\na\n", &unknown).unwrap_err().contains("no column \"sort\"; there are: kind"));
    // By number, of a file without names.
    let second = CsvOptions::default().column("1", Column::classes());
    assert_eq!(table("5,b\n6,a\n", &second).unwrap().values, array![[5.0, 1.0], [6.0, 0.0]]);
    let both = CsvOptions::default().column("a", Column::one_hot());
    assert!(table("a,a_x\nx,1\n", &both).unwrap_err().contains("two columns are named \"a_x\""));
}

#[test]
fn missing_words_and_dates_are_told_or_filled() {
    let text = "kind,color,day\na,red,2024-02-29\n,,\n";
    let options = CsvOptions::default()
        .column("kind", Column::classes())
        .column("color", Column::one_hot())
        .column("day", Column::days());
    let told = table(text, &options).unwrap_err();
    assert!(told.starts_with("t.csv, line 3, column \"kind\": no value; the option `missing`"), "{told}");
    let filled = CsvOptions { missing: Some(-1.0), ..options };
    assert_eq!(table(text, &filled).unwrap().values, array![[0.0, 1.0, 19782.0], [-1.0, 0.0, -1.0]]);
}

#[test]
fn dates_become_days_or_parts() {
    let text = "day,when\n2024-02-29,2000-01-01T06:00:00Z\n1969-12-31,2024-12-31\n";
    let options = CsvOptions::default().column("day", Column::date_parts()).column("when", Column::days());
    let table_of = table(text, &options).unwrap();
    assert_eq!(table_of.names, ["day_year", "day_month", "day_day", "day_weekday", "when"]);
    let rows = array![[2024.0, 2.0, 29.0, 3.0, 10957.25], [1969.0, 12.0, 31.0, 2.0, 20088.0]];
    assert_eq!(table_of.values, rows);
    let days = CsvOptions::default().column("day", Column::days());
    let wrong = table("day\n29.2.2024\n", &days).unwrap_err();
    assert!(wrong.contains("line 2, column \"day\": \"29.2.2024\" is not a date"), "{wrong}");
    // A time of day is no whole number of days.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "day\n2024-02-29T12:00\n").unwrap();
    let whole = read_as::<i32>(&path, &days).unwrap_err().to_string();
    assert!(
        whole.contains("2024-02-29T12:00 gives 19782.5, which is no number of the table's type"),
        "{whole}"
    );
}

#[test]
fn batches_are_the_rows_of_the_table() {
    type Pair = (Array2<f32>, Array2<f32>);
    let rows: String = (0..25).map(|i| format!("{i},{},{}\r\n", i * 2, ["x", "y", "z"][i % 3])).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, format!("a,b,kind\r\n{rows}")).unwrap();
    let options = CsvOptions::default().column("kind", Column::classes());
    let table = read(&path, &options).unwrap();
    let (x, y) = table.split(&["kind"]).unwrap();
    let file = open(&path, &options).unwrap();
    assert_eq!(
        (file.column_names(), file.words("kind").unwrap()),
        (&table.names[..], table.words("kind").unwrap())
    );
    for size in [1, 4, 25, 100] {
        let batches: Vec<_> = file.batches(&["kind"], size).map(Result::unwrap).collect();
        assert_eq!(batches.len(), 25_usize.div_ceil(size));
        let joined = |part: fn(&Pair) -> &Array2<f32>| {
            let views: Vec<_> = batches.iter().map(|batch| part(batch).view()).collect();
            ndarray::concatenate(ndarray::Axis(0), &views).unwrap()
        };
        assert_eq!((joined(|batch| &batch.0), joined(|batch| &batch.1)), (x.clone(), y.clone()));
    }
    // Shuffled: the same rows in another order, another one by another seed.
    let order = |window: usize, seed: u64| -> Vec<f32> {
        let batches = file.batches(&["kind"], 4).shuffle(window, seed);
        let firsts = batches.flat_map(|batch| batch.unwrap().0.column(0).to_vec()).collect::<Vec<_>>();
        let mut sorted = firsts.clone();
        sorted.sort_by(f32::total_cmp);
        assert_eq!(sorted, x.column(0).to_vec());
        firsts
    };
    assert_eq!(order(1, 7), x.column(0).to_vec());
    assert_ne!(order(25, 7), x.column(0).to_vec());
    assert_ne!(order(25, 7), order(25, 8));
    // Within a window of 3, a row comes at most 2 places early.
    assert!(order(3, 1).iter().enumerate().all(|(place, row)| *row <= place as f32 + 2.0));
}

#[test]
fn batches_end_with_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "a,b\n1,2\n3,4\n5,x\n7,8\n").unwrap();
    let file = open(&path, &CsvOptions::default()).unwrap();
    let batches: Vec<_> = file.batches(&["b"], 1).collect();
    assert_eq!(batches.len(), 3);
    assert!(
        batches[2].as_ref().unwrap_err().to_string().contains("line 4, column \"b\": \"x\" is not a number")
    );
    let none: Vec<_> = file.batches(&["c"], 1).collect();
    assert!(none.len() == 1 && none[0].as_ref().unwrap_err().to_string().contains("no column \"c\""));
}
