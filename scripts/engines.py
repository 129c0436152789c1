"""Counts scored rows in several engines and holds the judgement of the counts against that of the rows; see engines.sh.

The rows have what engines do in different ways: scores half way between two ten-thousandths, 0, 1 and near them, blank
and padded groups, groups that differ in case, quotes and letters beyond ASCII. There are three tables: of scores alone;
of a release, with typed columns, counted by its contract, ranges and bins; and the same as texts, a quarter of them
broken.
"""

import atexit
import csv
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import engines_release as release

ANDON, ROWS = Path(sys.argv[1]).resolve(), int(sys.argv[2])
WORK = Path(tempfile.mkdtemp(prefix="engines", dir="/tmp"))
atexit.register(shutil.rmtree, WORK, ignore_errors=True)
PARTITIONS = [1, 2, 7]
# A score that is none, a missing one, and a missing outcome, each with its number of rows.
BROKEN = [("yes", -0.25, 2), ("no", 1.5, 3), ("no", float("nan"), 5), ("yes", None, 7), (None, 0.5, 11)]
TYPES = {
    "duckdb": {"text": "VARCHAR", "double": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN"},
    "postgres": {"text": "text", "double": "double precision", "integer": "bigint", "boolean": "boolean"},
}


@dataclass
class Table:
    name: str
    #: Column and kind: text, double, integer or boolean.
    columns: dict[str, str]
    #: The options of `cargo andon` that name the columns.
    options: list
    rows: list

    def part(self, rows: list) -> "Table":
        return Table(self.name, self.columns, self.options, rows)

    @property
    def absent(self) -> list:
        return ["--absent", "case_id"] if "--model" in self.options else []


def andon(*arguments) -> str:
    done = subprocess.run([ANDON, *map(str, arguments)], capture_output=True, text=True)
    # 3: no policy was given, so there is no decision.
    assert done.returncode in (0, 3), f"{arguments}: {done.stderr}"
    return done.stdout


def of_scores() -> Table:
    draw = random.Random(20261126)
    scores = [0.0, -0.0, 1.0, 5e-324, 1e-9, 0.00005, 0.00015, 0.99985, 0.99995, 0.49995, 0.5, 0.50005, 2 / 3]
    made = []
    for row in range(ROWS):
        paid = draw.random() < 0.7
        score = min(1.0, max(0.0, draw.gauss(0.65 if paid else 0.45, 0.2)))
        if row < 40 * len(scores):
            score = scores[row % len(scores)]
        elif row % 3 == 0:
            score = (int(score * 10000) + 0.5) / 10000 if score < 0.9999 else score
        sex = draw.choice(["f", "m", "m", "M", "", None])
        region = draw.choice(["north", " north ", 'the "old" town, west', "Østfold", "ostfold", None])
        made.append(("yes" if paid else "no", score, sex, region))
    columns = {"Paid Back": "text", "score": "double", "sex": "text", "region": "text"}
    options = ["--label", "Paid Back", "--score", "score", "--favourable", "yes", "--protected", "sex,region"]
    return Table("scores", columns, options, made)


def of_release() -> list[Table]:
    folder = release.write_release(WORK / "release")
    options = ["--label", "Paid Back", "--score", "score", "--favourable", "yes", "--model", folder]
    texts = dict.fromkeys(release.COLUMNS, "text")
    return [
        Table("release", release.COLUMNS, options, release.clean(ROWS)),
        Table("broken", texts, options, release.dirty(ROWS)),
    ]


def write(path: Path, header: list[str], lines) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for line in lines:
            writer.writerow(["" if value is None else release.as_text(value) for value in line])
    return path


def parts_of(table: Table, count: int) -> list[Table]:
    return [table.part(table.rows[part::count]) for part in range(count)]


def query(dialect: str, table: Table, name: str) -> str:
    return andon("tally", "--sql", dialect, "--table", name, *table.options, *table.absent)


class Engine:
    #: Seconds that its queries took.
    spent = 0.0

    def timed(self, count):
        begun = time.monotonic()
        counted = count()
        self.spent += time.monotonic() - begun
        return counted


class DuckDB(Engine):
    dialect = "duckdb"

    def __init__(self):
        import duckdb

        self.connection = duckdb.connect()
        self.version = duckdb.__version__

    def count(self, table: Table, name: str) -> Path:
        path = write(WORK / "duckdb.csv", list(table.columns), table.rows)
        types = {column: TYPES[self.dialect][kind] for column, kind in table.columns.items()}
        read = f"read_csv('{path}', header = true, quote = '\"', escape = '\"', auto_detect = false, columns = {types})"
        self.connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM {read}')
        counting = query(self.dialect, table, f'"{name}"')
        counts = self.timed(lambda: self.connection.execute(counting).fetchall())
        header = [column[0] for column in self.connection.description]
        return write(WORK / f"{name}.counts.csv", header, counts)

    def close(self):
        self.connection.close()


class PostgreSQL(Engine):
    dialect = "postgres"

    def __init__(self):
        places = [Path(path) for path in os.environ["PATH"].split(":")] + sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        self.programs = next((place for place in places if (place / "initdb").exists()), None)
        self.client = shutil.which("psql") or (self.programs and self.programs / "psql")
        if self.programs is None:
            raise FileNotFoundError("PostgreSQL is not installed")
        self.folder = Path(tempfile.mkdtemp(dir="/tmp"))
        # PostgreSQL refuses to be root.
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        self.run("initdb", "-A", "trust", "-U", "postgres", "-D", data)
        options = f"-c listen_addresses= -k {self.folder}"
        self.run("pg_ctl", "start", "-w", "-s", "-D", data, "-o", options, "-l", self.folder / "log")
        self.version = self.psql("SHOW server_version").splitlines()[1].strip("\"").split()[0]

    def run(self, program: str, *arguments) -> str:
        command = [*self.user, self.programs / program, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd="/").stdout

    def psql(self, command: str) -> str:
        options = ["-U", "postgres", "-h", self.folder, "-v", "ON_ERROR_STOP=1", "--no-psqlrc", "--quiet", "--csv"]
        done = subprocess.run([self.client, *options], input=command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def count(self, table: Table, name: str) -> Path:
        path = write(WORK / "postgres.csv", list(table.columns), table.rows)
        columns = ", ".join(f'"{column}" {TYPES[self.dialect][kind]}' for column, kind in table.columns.items())
        copy = f"\\copy \"{name}\" FROM '{path}' WITH (FORMAT csv, HEADER)\n"
        self.psql(f'DROP TABLE IF EXISTS "{name}";\nCREATE TABLE "{name}" ({columns});\n{copy}')
        counts = WORK / f"{name}.counts.csv"
        counting = query(self.dialect, table, f'"{name}"') + ";"
        counts.write_text(self.timed(lambda: self.psql(counting)))
        return counts

    def close(self):
        self.run("pg_ctl", "stop", "-m", "immediate", "-s", "-D", self.folder / "data")
        shutil.rmtree(self.folder)


class Spark(Engine):
    """A standalone cluster on the loopback interface."""

    dialect = "spark"

    def __init__(self):
        import pyspark
        from pyspark.sql import SparkSession

        self.version = pyspark.__version__
        home = Path(pyspark.__file__).parent
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        url = f"spark://127.0.0.1:{port}"
        environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}

        def start(kind: str, *arguments) -> subprocess.Popen:
            command = [home / "bin/spark-class", f"org.apache.spark.deploy.{kind}", "--webui-port", "0", *arguments]
            log = (WORK / f"{kind}.log").open("a")
            # A group of its own, so that a worker can be killed with its executors.
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=WORK, start_new_session=True)

        self.processes = [start("master.Master", "--host", "127.0.0.1", "--port", str(port))]
        time.sleep(3)
        for worker in range(2):
            folder = WORK / f"worker-{worker}"
            options = ["--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--work-dir", str(folder)]
            self.processes.append(start("worker.Worker", *options, url))
        os.environ.update(environment)
        builder = SparkSession.builder.master(url).config("spark.executor.memory", "512m").config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "8")
        self.session = builder.config("spark.scheduler.minRegisteredResourcesRatio", "1.0").getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")

    def executors(self) -> int:
        return self.session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1

    def count(self, table: Table, name: str, seconds: float = 0.0) -> Path:
        from pyspark.sql.types import BooleanType, DoubleType, LongType, StringType, StructField, StructType

        types = {"text": StringType(), "double": DoubleType(), "integer": LongType(), "boolean": BooleanType()}
        schema = StructType([StructField(column, types[kind]) for column, kind in table.columns.items()])

        def slowly(part):
            time.sleep(seconds)
            return part

        given = self.session.sparkContext.parallelize(table.rows, 16 if seconds else 4)
        self.session.createDataFrame(given.mapPartitions(slowly), schema).createOrReplaceTempView(name)
        answer = self.session.sql(query(self.dialect, table, f"`{name}`"))
        return write(WORK / f"{name}.counts.csv", answer.columns, self.timed(answer.collect))

    def count_while_a_worker_dies(self, table: Table, name: str) -> Path:
        """Sixteen tasks of a second on two executors; after three seconds one worker is killed with its executor."""
        for _ in range(100):
            if self.executors() == 2:
                break
            time.sleep(0.1)
        assert self.executors() == 2, f"{self.executors()} executors"
        killer = threading.Timer(3, lambda: os.killpg(self.processes[2].pid, signal.SIGKILL))
        killer.start()
        counts = self.count(table, name, seconds=1.0)
        killer.join()
        assert self.processes[2].wait(10) == -signal.SIGKILL and self.executors() == 1, "the worker was not killed"
        return counts

    def close(self):
        self.session.stop()
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(20)


def body(judgement: str) -> str:
    """All but the line that names the input."""
    return judgement.split("\n", 1)[1]


def counts_in(tally: str) -> list[str]:
    """All lines but those about the parts: rows by score and groups, broken values, referrals, bins."""
    lines = [line for line in tally.splitlines() if not {"part", "sha256", "tally"} & set(json.loads(line))]
    return lines + [f"broken rows: {json.loads(tally.splitlines()[0])['tally']['broken_rows']}"]


def tally_of(table: Table, counts: Path, name: str) -> Path:
    path = WORK / name
    path.write_text(andon("tally", "--from-counts", counts, "--part", name, *table.options))
    return path


class Expected:
    """What one process says of one file."""

    def __init__(self, table: Table):
        self.table = table
        self.file = write(WORK / f"{table.name}.csv", list(table.columns), table.rows)
        self.counts = counts_in(andon("tally", self.file, *table.options))
        self.judgement = self.judge(self.file, *table.options)

    def judge(self, *arguments) -> str:
        """The judgement, or the reason why there is none."""
        done = subprocess.run([ANDON, "judge", *map(str, arguments)], capture_output=True, text=True)
        if done.stdout:
            return body(done.stdout)
        return re.search(r"\d+ of \d+ rows are broken.*", done.stderr, re.DOTALL)[0]

    def check(self, tallies: list[Path], what: str) -> None:
        parts = ["--parts", len(tallies)]
        found = counts_in(andon("tally", "merge", *tallies, *parts))
        assert found == self.counts, f"{self.table.name}, {what}: the counts differ: {first_difference(found, self.counts)}"
        model = self.table.options[-2:] if "--model" in self.table.options else []
        said = self.judge("--tally", *tallies, *parts, *model)
        assert said == self.judgement, f"{self.table.name}, {what}: the judgement differs:\n{said}\n{self.judgement}"


def first_difference(found: list[str], expected: list[str]) -> str:
    pairs = [*zip(found, expected), (f"{len(found)} lines", f"{len(expected)} lines")]
    return next(f"{one}, expected {other}" for one, other in pairs if one != other)[:1000]


def check(engine, expected: Expected) -> str:
    table = expected.table
    shuffle = random.Random(7).shuffle
    seconds = {}
    for count in PARTITIONS:
        engine.spent = 0.0
        parts = parts_of(table, count)
        order = list(range(count))
        shuffle(order)
        names = [f"{engine.dialect}_{table.name}_{count}_{part}" for part in order]
        tallies = [tally_of(table, engine.count(parts[part], name), name) for part, name in zip(order, names)]
        expected.check(tallies, f"{count} partitions")
        seconds[count] = engine.spent
    timed = ", ".join(f"{count} ({spent:.2f} s)" for count, spent in seconds.items())
    return f"{table.name}, {len(table.rows)} rows, the same bytes from partitions: {timed}"


def check_a_killed_worker(engine: Spark, expected: Expected) -> None:
    name = "spark_killed"
    tallies = [tally_of(expected.table, engine.count_while_a_worker_dies(expected.table, name), name)]
    expected.check(tallies, "a worker killed")


def check_broken_scores(engine, table: Table) -> None:
    """Without a contract one process stops at the first of these rows; a query counts them."""
    name = f"{engine.dialect}_broken_scores"
    broken = [(label, score, "f", "north") for label, score, times in BROKEN for _ in range(times)]
    found = tally_of(table, engine.count(table.part(table.rows[:50] + broken), name), name).read_text()
    lines = [json.loads(line)["broken"] for line in found.splitlines() if "broken" in json.loads(line)]
    values = {(line["column"], line["problem"]): line["values"] for line in lines}
    of_score = {"has no value": 7, "is below 0": 2, "is above 1": 3, "is not a number": 5}
    expected = {("Paid Back", "has no value"): 11} | {("score", problem): times for problem, times in of_score.items()}
    assert values == expected, values


def check_all(engine, tables: list[Expected]) -> None:
    for expected in tables:
        print(f"same      {engine.dialect} {engine.version}: {check(engine, expected)}", flush=True)
    check_broken_scores(engine, tables[0].table)
    if isinstance(engine, Spark):
        check_a_killed_worker(engine, tables[-1])
        print("same      spark: with a worker killed in the middle", flush=True)


def main() -> int:
    tables = [Expected(table) for table in [of_scores(), *of_release()]]
    engines = {"duckdb": DuckDB, "postgres": PostgreSQL, "spark": Spark}
    wrong = 0
    for name in sys.argv[3:]:
        try:
            engine = engines[name]()
        except FileNotFoundError as error:
            required = "postgres" in os.environ.get("ANDON_REQUIRE", "").split(",")
            wrong += required
            print(f"{'FAILED' if required else 'SKIPPED'}: {error}", flush=True)
            continue
        try:
            check_all(engine, tables)
        except AssertionError as error:
            wrong += 1
            print(f"WRONG     {name} {engine.version}: {error}", flush=True)
        finally:
            engine.close()
    return 1 if wrong else 0


sys.exit(main())
