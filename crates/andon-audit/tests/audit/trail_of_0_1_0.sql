-- A trail of version 0.1.0, whose rows do not hold the digest of the model. Row 1 is forgotten by row 4.
CREATE TABLE decisions (
    sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, request_id TEXT NOT NULL, model_version TEXT NOT NULL,
    fingerprint TEXT NOT NULL, score REAL, decision TEXT NOT NULL, reasons TEXT NOT NULL,
    explanation_source TEXT NOT NULL, inputs_digest BLOB NOT NULL, monitoring_digest BLOB, hash BLOB NOT NULL);
CREATE TABLE forgettings (
    sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, rows TEXT NOT NULL, reason TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TABLE inputs (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, json NOT NULL);
CREATE TABLE monitoring (sequence INTEGER PRIMARY KEY, salt BLOB NOT NULL, json NOT NULL);
PRAGMA user_version = 1;
INSERT INTO decisions VALUES (1, '2026-11-01T10:00:00.000000Z', 'request-1', '0.1.0', '9f86d081', 0.5, 'APPROVED', '[]', 'template', x'078c58128e03f911a89195fab4f9fc1e63fd0f34f7796b693093a3198d7deef1', NULL, x'94a065dc015feaacc9ca1f648a0ce1155901cfea54dbefe6d6250ae12280dca9');
INSERT INTO inputs VALUES (1, zeroblob(32), zeroblob(12));
INSERT INTO monitoring VALUES (2, x'0909090909090909090909090909090909090909090909090909090909090909', '{"race":"a"}');
INSERT INTO decisions VALUES (2, '2026-11-02T10:00:00.000000Z', 'request-2', '0.1.0', '9f86d081', 1.0, 'APPROVED', '[]', 'template', x'ffe7bf21bf27d52e0772a5be6f6eb7d83d347db00576c144043bbcf208d21816', x'1857821c6932f8e8d9273fcedca3ffe8442a4d3274e22cdaa5f577e022a50b64', x'5c5cc7d50c7a9d37fdec5258811a19d798dac30aeb885fd51dc90412b5fcde88');
INSERT INTO inputs VALUES (2, x'0202020202020202020202020202020202020202020202020202020202020202', '{"income":2}');
INSERT INTO decisions VALUES (3, '2026-11-03T10:00:00.000000Z', 'request-3', '0.1.0', '9f86d081', NULL, 'APPROVED', '[]', 'template', x'b2b4777f4805275922640500e37f15771d6948bc1a295b06f93be24655877fcc', NULL, x'8c7f63d2dd0da1c6ee227b800a83ed83f6d884d6c5f446b29e413fe1494b19b9');
INSERT INTO inputs VALUES (3, x'0303030303030303030303030303030303030303030303030303030303030303', '{"income":3}');
INSERT INTO forgettings VALUES (4, '2026-11-04T10:00:00.000000Z', '1', 'asked', x'b942f3fcfdd1a403598bf6a31d24feaf68c539da851bb773cad8d9239086ac56');
