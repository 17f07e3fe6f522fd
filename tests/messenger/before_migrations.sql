-- The tables as the messenger made them before it had migrations, on both engines.
CREATE TABLE conversations (
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    language TEXT NOT NULL,
    locale TEXT NOT NULL,
    tz TEXT NOT NULL,
    owner TEXT NOT NULL,
    owner_version INTEGER NOT NULL,
    waiting_since FLOAT,
    n INTEGER NOT NULL,
    buyer_seq INTEGER NOT NULL,
    supplier_seq INTEGER NOT NULL,
    said INTEGER NOT NULL,
    read INTEGER NOT NULL,
    active FLOAT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX conversations_by_owner ON conversations (owner, waiting_since);
CREATE INDEX conversations_of ON conversations (person, account, active);
CREATE TABLE cursors (
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE notices (
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    conversation TEXT NOT NULL,
    accepted BOOLEAN NOT NULL,
    PRIMARY KEY (id, person)
);
CREATE INDEX notices_untold ON notices (id) WHERE NOT accepted;
CREATE TABLE visitors (
    id TEXT NOT NULL,
    secret_hash TEXT,
    PRIMARY KEY (id),
    UNIQUE (secret_hash)
);
CREATE TABLE events (
    conversation TEXT NOT NULL,
    n INTEGER NOT NULL,
    buyer_seq INTEGER,
    supplier_seq INTEGER,
    ts TEXT NOT NULL,
    type TEXT NOT NULL,
    sender TEXT NOT NULL,
    body TEXT NOT NULL,
    cid TEXT,
    quote TEXT,
    PRIMARY KEY (conversation, n),
    UNIQUE (conversation, cid),
    UNIQUE (conversation, buyer_seq),
    UNIQUE (conversation, supplier_seq),
    FOREIGN KEY(conversation) REFERENCES conversations (id)
);
CREATE INDEX events_with_quotes ON events (conversation, n) WHERE quote IS NOT NULL;
CREATE TABLE options (
    id TEXT NOT NULL,
    conversation TEXT NOT NULL,
    n INTEGER NOT NULL,
    owner_version INTEGER NOT NULL,
    press TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(conversation) REFERENCES conversations (id)
);
CREATE TABLE owners (
    conversation TEXT NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    "by" TEXT NOT NULL,
    at TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (conversation, version),
    FOREIGN KEY(conversation) REFERENCES conversations (id)
);
CREATE TABLE turns (
    id TEXT NOT NULL,
    conversation TEXT NOT NULL,
    n INTEGER NOT NULL,
    press TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY(conversation) REFERENCES conversations (id)
);
CREATE INDEX turns_of ON turns (conversation, n);
