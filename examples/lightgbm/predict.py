"""Answers the questions of the gate `import.parity` by LightGBM; `cargo andon import-model model.txt` prints these lines.

cargo run -- questions --out questions.csv && python predict.py
"""
import lightgbm, pandas
model = lightgbm.Booster(model_file="model.txt")
rows = pandas.read_csv("questions.csv", float_precision="round_trip", dtype={"question": str})
for name in rows.columns[1:]: rows[name] = rows[name] if rows[name].dtype.kind in "fiub" else rows[name].astype("category")
rows["probability"] = model.predict(rows[model.feature_name()])
rows[["question", "probability"]].to_csv("predictions.csv", index=False)
