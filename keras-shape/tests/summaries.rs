//! Summaries against real Keras: the cases of `summaries.txt` (written by `summaries.py`), and every model of the
//! shape oracle where that is at hand.

mod json;

use std::path::{Path, PathBuf};

use json::Json;
use keras_shape::summary::{
    ParamCount, SummaryOptions, SummaryRow, SummaryTable, Totals, format_connection, format_shape,
};

struct Case {
    name: String,
    table: SummaryTable,
    options: SummaryOptions,
    /// `None` where Keras refuses.
    text: Option<String>,
}

fn number(field: &str) -> Option<usize> {
    match field {
        "-" | "?" => None,
        digits => Some(digits.parse().expect("a number")),
    }
}

fn count(params: &str, bits: &str) -> Option<ParamCount> {
    let bits = number(bits)? as u64;
    number(params).map(|params| ParamCount { params, bits })
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in include_str!("summaries.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if let ["@case", name] = fields[..] {
            cases.push(Case {
                name: name.to_string(),
                table: SummaryTable::default(),
                options: SummaryOptions::default(),
                text: Some(String::new()),
            });
            continue;
        }
        let case = cases.last_mut().expect("a case first");
        match fields[..] {
            ["@model", name, connected] => {
                case.table.model_name = name.to_string();
                case.table.connected = connected == "1";
            }
            ["@options", line_length, columns, nested, trainable] => {
                case.options = SummaryOptions {
                    line_length: number(line_length),
                    columns: number(columns),
                    expand_nested: nested == "1",
                    show_trainable: trainable == "1",
                    cost: false,
                };
            }
            ["@row", depth, name, class, shape, params, trainable, inputs] => {
                case.table.rows.push(SummaryRow {
                    name: name.to_string(),
                    class: class.to_string(),
                    output_shape: shape.to_string(),
                    params: number(params),
                    trainable: ["N", "Y"].iter().position(|&word| word == trainable).map(|at| at == 1),
                    connected_to: inputs
                        .split(';')
                        .filter(|name| !name.is_empty())
                        .map(String::from)
                        .collect(),
                    depth: number(depth).expect("a depth"),
                    ..SummaryRow::default()
                })
            }
            ["@total", trainable, bits, frozen, frozen_bits, optimizer, optimizer_bits] => {
                case.table.totals = Totals {
                    trainable: count(trainable, bits).expect("a count"),
                    non_trainable: count(frozen, frozen_bits).expect("a count"),
                    optimizer: count(optimizer, optimizer_bits),
                };
            }
            ["@refused"] => case.text = None,
            _ => {
                let text = case.text.as_mut().expect("no text after @refused");
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    cases
}

#[test]
fn committed_cases_match_keras() {
    let cases = cases();
    assert!(cases.len() > 20, "only {} cases read", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let ours = case.table.render(&case.options).ok();
        if ours != case.text {
            let show = |text: &Option<String>| text.clone().unwrap_or_else(|| "refused\n".to_string());
            wrong.push(format!("{}\nKeras:\n{}ours:\n{}", case.name, show(&case.text), show(&ours)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// The oracle stands beside the repository or one of the folders that hold it, on machines that have it.
fn oracle() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|folder| folder.join("shared/oracle/shapes/models.jsonl")).find(|path| path.exists())
}

fn oracle_table(model: &Json) -> SummaryTable {
    let totals = |key: &str| ParamCount::new(model.at(key).number(), 32);
    let row = |layer: &Json| {
        let shape: Vec<Option<usize>> = layer.at("output_shape").items().iter().map(Json::optional).collect();
        let calls = layer.at("inbound").items();
        let inputs = calls.iter().flat_map(|call| call.items()).map(|input| {
            let [name, node, tensor] = input.items() else { panic!("not a connection: {input:?}") };
            format_connection(name.text(), node.number(), tensor.number())
        });
        SummaryRow {
            name: layer.at("name").text().to_string(),
            class: layer.at("class").text().to_string(),
            output_shape: format_shape(&shape),
            params: Some(layer.at("params").number()),
            connected_to: inputs.collect(),
            ..SummaryRow::default()
        }
    };
    // The oracle does not say which functional models Keras sees as one straight line: its own header does.
    let connected = model.at("summary").text().contains("Connected to");
    SummaryTable {
        model_name: model.at("summary").text().split('"').nth(1).expect("a name").to_string(),
        rows: model.at("layers").items().iter().map(row).collect(),
        connected,
        totals: Totals {
            trainable: totals("trainable_params"),
            non_trainable: totals("non_trainable_params"),
            optimizer: None,
        },
    }
}

#[test]
fn oracle_models_match_keras() {
    let Some(path) = oracle() else {
        eprintln!("skipped: no shared/oracle/shapes/models.jsonl here");
        return;
    };
    let text = std::fs::read_to_string(path).expect("a readable oracle");
    let (mut matched, mut wrong) = (0, Vec::new());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let model = json::parse(line);
        let table = oracle_table(&model);
        for (key, columns) in [("summary", None), ("summary_80col", Some(80))] {
            let options = SummaryOptions { columns, ..SummaryOptions::default() };
            let ours = table.render(&options).expect("a summary");
            match ours == model.at(key).text() {
                true => matched += 1,
                false => {
                    wrong.push(format!("{} {key}\n{}{ours}", model.at("id").text(), model.at(key).text()))
                }
            }
        }
    }
    eprintln!("{matched} summaries match, {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(matched > 0, "the oracle is empty");
}
