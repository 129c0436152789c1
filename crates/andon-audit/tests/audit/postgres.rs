use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use andon_audit::{Format, Health, Location, RowFault, Selection, Trail, VerifyError, export, forget, stats, verify};

use crate::between::cord::stops_under_load;
use crate::between::notes::notes_stand_on_the_chain;
use crate::crashes::acknowledged_until_killed;
use crate::postgres_server::PostgresServer;
use crate::{entry, record_all, trail_of, wait};

impl PostgresServer {
    fn sql(&self, statements: &str) {
        let mut client = postgres::Client::connect(&self.url(), postgres::NoTls).unwrap();
        client.batch_execute(&format!("SET search_path = andon_audit; {statements}")).unwrap();
    }

    fn empty(&self) {
        self.sql("DROP SCHEMA IF EXISTS andon_audit CASCADE");
    }
}

#[test]
fn a_trail_in_postgres_is_as_one_in_a_file() {
    let Some(mut server) = PostgresServer::start() else { return };
    records_verifies_and_forgets(&server);
    stops_two_writers(&server);
    notes_stand_beside_decisions(&server);
    two_processes_write_one_chain(&server);
    finds_tampering(&server);
    says_nothing_of_a_person(&server);
    survives_the_server(&mut server);
}

fn records_verifies_and_forgets(server: &PostgresServer) {
    server.empty();
    let url = server.url();
    let trail = Arc::new(Trail::open(url.as_str()).unwrap());
    let mut sequences: Vec<u64> = record_all(&trail, 1..=300).into_iter().map(|row| row.unwrap().sequence).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=300).collect::<Vec<_>>());
    let head = trail.head();
    let forgotten = wait(trail.forget(Selection::Request("request-7".into()), "asked")).unwrap().unwrap();
    assert_eq!(forgotten.rows, 1);
    drop(trail);
    assert_eq!(
        forget(url.as_str(), &Selection::Before(jiff::Timestamp::now()), "retention").unwrap().unwrap().rows,
        299
    );
    let verified = verify(url.as_str(), Some(&head)).unwrap();
    assert_eq!((verified.decisions, verified.forgotten), (300, 300));
    assert_eq!(stats(url.as_str(), "APPROVED").unwrap().approval_rate, Some(0.5));
    let mut ndjson = Vec::new();
    assert_eq!(export(url.as_str(), Format::Ndjson, &mut ndjson).unwrap(), 302);
    assert!(!String::from_utf8(ndjson).unwrap().contains("person-"));
}

/// The server's detail of a refusal quotes the row.
fn says_nothing_of_a_person(server: &PostgresServer) {
    server.empty();
    let trail = Trail::open(server.url().as_str()).unwrap();
    server.sql("ALTER TABLE inputs ADD CONSTRAINT short CHECK (length(json) < 3)");
    let refused = wait(trail.record(entry(1))).unwrap_err().to_string();
    assert!(refused.contains("ERROR") && refused.contains("check constraint \"short\"") && refused.contains("23514"));
    assert!(!refused.contains("person-") && !refused.contains("Failing row"), "{refused}");
}

/// Notes of a second session, of the one that writes, and a trail that has no table for them.
fn notes_stand_beside_decisions(server: &PostgresServer) {
    server.empty();
    let url = server.url();
    notes_stand_on_the_chain(&Location::from(url.as_str()));
    server.empty();
    let kept = trail_of(url.as_str(), 3);
    server.sql("DROP TABLE notes");
    assert_eq!(verify(url.as_str(), Some(&kept)).unwrap().notes, 0);
    drop(Trail::open(url.as_str()).unwrap());
    assert_eq!(verify(url.as_str(), Some(&kept)).unwrap().decisions, 3);
}

/// Two services on one trail.
fn stops_two_writers(server: &PostgresServer) {
    server.empty();
    let url = server.url();
    let trails = [(); 2].map(|()| Arc::new(Trail::open(url.as_str()).unwrap()));
    stops_under_load(&Location::from(url.as_str()), &trails);
    let verified = verify(url.as_str(), None).unwrap();
    assert_eq!((verified.pulls, verified.set_back), (2, None));
}

/// Two processes begin one trail at once and write it under load, until each is killed.
fn two_processes_write_one_chain(server: &PostgresServer) {
    server.empty();
    let url = server.url();
    let killed_after = |milliseconds| {
        let url = url.clone();
        std::thread::spawn(move || acknowledged_until_killed(Path::new(&url), Duration::from_millis(milliseconds)))
    };
    let acknowledged = [1_200, 1_500].map(killed_after).map(|process| process.join().unwrap());
    assert!(acknowledged.iter().all(|rows| rows.len() > 50), "{:?}", acknowledged.map(|rows| rows.len()));
    let count = acknowledged.iter().map(Vec::len).sum::<usize>();
    let acknowledged: BTreeMap<u64, String> = acknowledged.into_iter().flatten().collect();
    assert_eq!(acknowledged.len(), count, "no place was given to both");
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    wait_until_alone(&mut client);
    let stored = client.query("SELECT sequence, encode(hash, 'hex') FROM andon_audit.decisions", &[]).unwrap();
    let stored: BTreeMap<i64, String> = stored.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (sequence, hash) in &acknowledged {
        assert_eq!(stored.get(&(*sequence as i64)), Some(hash), "row {sequence}");
    }
    assert_eq!(verify(url.as_str(), None).unwrap().decisions, stored.len() as u64);
}

/// The server ends the last transaction of a process that was killed.
fn wait_until_alone(client: &mut postgres::Client) {
    let others =
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    for _ in 0..600 {
        if client.query_one(others, &[]).unwrap().get::<_, i64>(0) == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("a session of a process that was killed is still there");
}

fn finds_tampering(server: &PostgresServer) {
    let cases = [
        ("UPDATE decisions SET score = 0.9 WHERE sequence = 4", 4, RowFault::Altered),
        ("UPDATE inputs SET json = json || ' ' WHERE sequence = 4", 4, RowFault::PersonalAltered("inputs")),
        ("DELETE FROM monitoring WHERE sequence = 6", 6, RowFault::PersonalMissing("monitoring")),
        ("DELETE FROM decisions WHERE sequence = 5", 5, RowFault::Missing),
        (
            "DELETE FROM decisions WHERE sequence > 7; DELETE FROM inputs WHERE sequence > 7; \
          DELETE FROM monitoring WHERE sequence > 7",
            8,
            RowFault::CutOff,
        ),
    ];
    for (statements, at, expected) in cases {
        server.empty();
        let head = trail_of(server.url().as_str(), 8);
        server.sql(statements);
        match verify(server.url().as_str(), Some(&head)) {
            Err(VerifyError::Broken { sequence, fault }) => assert_eq!((sequence, fault), (at, expected)),
            other => panic!("{statements}: {other:?}"),
        }
    }
}

fn survives_the_server(server: &mut PostgresServer) {
    server.empty();
    let trail = Trail::open(server.url().as_str()).unwrap();
    let acknowledged = wait(trail.record(entry(1))).unwrap();
    server.stop();
    let error = wait(trail.record(entry(2))).unwrap_err().to_string();
    assert!(error.starts_with("not recorded: postgres://"), "{error}");
    assert!(matches!(trail.health(), Health::Failing { .. }));
    server.run();
    let start = Instant::now();
    while trail.health() != Health::Writing {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", trail.health());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(wait(trail.record(entry(2))).unwrap().sequence, acknowledged.sequence + 1);
    assert!(verify(server.url().as_str(), Some(&trail.head())).is_ok());
}
