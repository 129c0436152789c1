"""Makes up 8,000 applicants and trains the LightGBM model of this example on half of them; the other half is the data.

pip install lightgbm==4.7.0 numpy pandas
python train.py    # in this folder
"""
import lightgbm
import numpy as np
import pandas as pd

DRAWN, ROWS = 10_000, 8_000
random = np.random.default_rng(20261126)
frame = pd.DataFrame({
    "monthly_income": np.round(np.exp(random.normal(8.0, 0.45, DRAWN)), -1),
    "loan_amount": np.round(np.exp(random.normal(8.6, 0.5, DRAWN)), -2),
    "term_months": random.choice([12, 24, 36, 48, 60], DRAWN),
    "late_payments": random.poisson(0.9, DRAWN).clip(0, 8),
    "years_in_job": np.round(random.gamma(1.6, 3.5, DRAWN), 1).clip(0, 40),
    "housing": random.choice(["owned", "mortgaged", "rented"], DRAWN, p=[0.25, 0.35, 0.4]),
    "sex": random.choice(["female", "male"], DRAWN),
})
burden = frame.loan_amount / frame.term_months / frame.monthly_income
# Nobody grants a loan whose instalment takes more than 40 % of the income, so no file holds one.
frame = frame[burden <= 0.40].head(ROWS).reset_index(drop=True)
burden = frame.loan_amount / frame.term_months / frame.monthly_income
odds = 2.1 - 9.0 * burden - 0.9 * frame.late_payments + 0.09 * frame.years_in_job.clip(0, 12)
odds += frame.housing.map({"owned": 0.5, "mortgaged": 0.3, "rented": -0.3})
frame["repaid"] = (random.random(ROWS) < 1 / (1 + np.exp(-odds))).astype(int)
# Some did not say for how long they have had their job.
frame.loc[random.random(ROWS) < 0.08, "years_in_job"] = np.nan

features = ["monthly_income", "loan_amount", "term_months", "late_payments", "years_in_job", "housing"]
frame["housing"] = frame.housing.astype("category")
seen, unseen = frame.iloc[: ROWS // 2], frame.iloc[ROWS // 2 :]
settings = {"objective": "binary", "num_leaves": 8, "learning_rate": 0.1, "min_data_in_leaf": 60, "verbose": -1,
            "seed": 1, "deterministic": True, "num_threads": 1,
            "monotone_constraints": [1, -1, 0, -1, 1, 0], "min_data_per_group": 50}
model = lightgbm.train(settings, lightgbm.Dataset(seen[features], seen.repaid), 40)
model.save_model("model.txt")
unseen = unseen.drop(columns="housing").assign(housing=unseen.housing.astype(str))
unseen.insert(0, "application", range(1, len(unseen) + 1))
unseen.to_csv("data/applicants.csv", index=False)
from_sklearn = ((model.predict(frame.iloc[ROWS // 2 :][features]) >= 0.5) == unseen.repaid.to_numpy()).mean()
print("accuracy", from_sklearn, "base", unseen.repaid.mean())
print(seen[["monthly_income", "loan_amount", "years_in_job"]].quantile([0.0005, 0.9995]))
