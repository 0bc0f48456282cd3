//! The driver of dynamo-es, by its event repository. See package driver in bench/.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::rc::Rc;
use std::time::Instant;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType,
};
use aws_sdk_dynamodb::Client;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent, SerializedSnapshot};
use cqrs_es::{Aggregate, DomainEvent};
use dynamo_es::DynamoEventRepository;
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

#[derive(Default, Serialize, Deserialize)]
struct Counter {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Incremented {}

impl DomainEvent for Incremented {
    fn event_type(&self) -> String {
        "incremented".into()
    }
    fn event_version(&self) -> String {
        "1".into()
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = ();
    type Event = Incremented;
    type Error = std::io::Error;
    type Services = ();
    async fn handle(&mut self, _: (), _: &(), _: &EventSink<Self>) -> Result<(), Self::Error> {
        Ok(())
    }
    fn apply(&mut self, _: Incremented) {}
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Command {
    r#do: String,
    key: String,
    events: usize,
    writers: usize,
    each: usize,
    hot: bool,
    expect: String,
}

enum Failure {
    Conflict,
    Other(String),
}

struct Contender {
    client: Client,
    repository: DynamoEventRepository,
    table: String,
    snapshots: String,
    heads: RefCell<HashMap<String, usize>>,
}

impl Contender {
    async fn setup(&self) -> Result<(), Failure> {
        let attribute = |name: &str, kind| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
        };
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        self.client
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute("AggregateTypeAndId", ScalarAttributeType::S))
            .attribute_definitions(attribute("AggregateIdSequence", ScalarAttributeType::N))
            .key_schema(key("AggregateTypeAndId", KeyType::Hash))
            .key_schema(key("AggregateIdSequence", KeyType::Range))
            .stream_specification(
                StreamSpecification::builder()
                    .stream_enabled(true)
                    .stream_view_type(StreamViewType::NewImage)
                    .build()
                    .unwrap(),
            )
            .send()
            .await
            .map_err(|e| Failure::Other(format!("{e:?}")))?;
        self.client
            .create_table()
            .table_name(&self.snapshots)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute("AggregateTypeAndId", ScalarAttributeType::S))
            .key_schema(key("AggregateTypeAndId", KeyType::Hash))
            .send()
            .await
            .map_err(|e| Failure::Other(format!("{e:?}")))?;
        Ok(())
    }

    async fn put(&self, key: &str, head: usize, n: usize) -> Result<(), Failure> {
        self.persist(key, head, n, None).await
    }

    async fn persist(&self, key: &str, head: usize, n: usize, snapshot: Option<(String, Value, usize)>) -> Result<(), Failure> {
        let payload = json!({"by": 1, "note": "x".repeat(182)});
        let events: Vec<SerializedEvent> = (1..=n)
            .map(|i| SerializedEvent {
                aggregate_id: key.into(),
                sequence: head + i,
                aggregate_type: Counter::TYPE.into(),
                event_type: "incremented".into(),
                event_version: "1".into(),
                payload: payload.clone(),
                metadata: json!({}),
            })
            .collect();
        match self.repository.persist::<Counter>(&events, snapshot).await {
            Ok(()) => {
                self.heads.borrow_mut().insert(key.into(), head + n);
                Ok(())
            }
            Err(PersistenceError::OptimisticLockError) => Err(Failure::Conflict),
            Err(e) => Err(Failure::Other(e.to_string())),
        }
    }

    async fn append(&self, key: &str, n: usize, expect: &str) -> Result<(), Failure> {
        if expect == "once" || expect == "any" {
            return Err(Failure::Other(format!("unsupported: {expect}")));
        }
        if n > 25 {
            return Err(Failure::Other("unsupported: more than 25 events at once".into()));
        }
        let known = self.heads.borrow().get(key).copied();
        let head = match (expect, known) {
            ("new", _) => 0,
            ("known", Some(head)) => head,
            // It has no way to ask for the last event: it reads them all.
            _ => self.read(key).await?,
        };
        self.put(key, head, n).await
    }

    async fn read(&self, key: &str) -> Result<usize, Failure> {
        let events = self.repository.get_events::<Counter>(key).await;
        events.map(|e| e.len()).map_err(|e| Failure::Other(e.to_string()))
    }

    /// Appends an event, and in the same transaction the snapshot behind it.
    async fn snapshot(&self, key: &str) -> Result<(), Failure> {
        let head = self.read(key).await?;
        let state = json!({"events": head + 1, "sum": head + 1});
        self.persist(key, head, 1, Some((key.into(), state, 1))).await
    }

    /// Loads the state from the snapshot and the events since, as its snapshot store does.
    async fn load(&self, key: &str) -> Result<usize, Failure> {
        let other = |e: PersistenceError| Failure::Other(e.to_string());
        let snapshot = self.repository.get_snapshot::<Counter>(key).await.map_err(other)?;
        let last = snapshot.as_ref().map_or(0, |s: &SerializedSnapshot| s.current_sequence);
        let events = self.repository.get_last_events::<Counter>(key, last).await.map_err(other)?;
        Ok(last + events.len())
    }

    /// Reads the events of all keys, as its replay does: in no order among keys.
    async fn read_all(&self) -> Result<usize, Failure> {
        let other = |e: PersistenceError| Failure::Other(e.to_string());
        let mut events = self.repository.stream_all_events::<Counter>().await.map_err(other)?;
        let mut n = 0;
        while let Some(event) = events.next::<Counter>(&[]).await {
            event.map_err(other)?;
            n += 1;
        }
        Ok(n)
    }

    async fn until_stored(&self, key: &str, n: usize, expect: &str) -> Result<(), Failure> {
        for _ in 0..1000 {
            match self.append(key, n, expect).await {
                Err(Failure::Conflict) => continue,
                other => return other,
            }
        }
        Err(Failure::Other("still a conflict after 1000 tries".into()))
    }
}

fn outcome(result: Result<(), Failure>) -> Result<Value, Failure> {
    match result {
        Ok(()) => Ok(json!({"events": 1, "outcome": "stored"})),
        Err(Failure::Conflict) => Ok(json!({"outcome": "conflict"})),
        Err(other) => Err(other),
    }
}

async fn together(contender: &Rc<Contender>, c: &Command) -> Result<Value, Failure> {
    let mut all = tokio::task::JoinSet::new();
    let events = c.events.max(1);
    for w in 0..c.writers {
        let contender = contender.clone();
        let key = if c.hot { c.key.clone() } else { format!("{}/{w}", c.key) };
        let (each, expect) = (c.each, c.expect.clone());
        all.spawn_local(async move {
            for _ in 0..each {
                contender.until_stored(&key, events, &expect).await?;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(done) = all.join_next().await {
        done.map_err(|e| Failure::Other(e.to_string()))??;
    }
    Ok(json!({"events": c.writers * c.each * events, "outcome": "stored"}))
}

async fn storm(contender: &Rc<Contender>, c: &Command) -> Result<Value, Failure> {
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..c.writers {
        let (contender, key) = (contender.clone(), c.key.clone());
        all.spawn_local(async move { contender.put(&key, 0, 1).await });
    }
    let mut stored = 0;
    while let Some(done) = all.join_next().await {
        match done.map_err(|e| Failure::Other(e.to_string()))? {
            Ok(()) => stored += 1,
            Err(Failure::Conflict) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(json!({"events": stored, "outcome": "conflict"}))
}

async fn run(contender: &Rc<Contender>, c: &Command) -> Result<Value, Failure> {
    match c.r#do.as_str() {
        "setup" => contender.setup().await.map(|()| json!({})),
        "append" => {
            contender.append(&c.key, c.events, &c.expect).await?;
            Ok(json!({"events": c.events, "outcome": "stored"}))
        }
        "together" => together(contender, c).await,
        "storm" => storm(contender, c).await,
        "stale" => outcome(contender.put(&c.key, 0, 1).await),
        "retry" => Ok(json!({"outcome": "none"})),
        "read" => contender.read(&c.key).await.map(|n| json!({"events": n})),
        "snapshot" => contender.snapshot(&c.key).await.map(|()| json!({})),
        "load" => contender.load(&c.key).await.map(|n| json!({"events": n})),
        "readall" => contender.read_all().await.map(|n| json!({"events": n})),
        "forget" => {
            contender.heads.borrow_mut().clear();
            Ok(json!({}))
        }
        other => Err(Failure::Other(format!("there is no command {other}"))),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(variable("BENCH_ENDPOINT"))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .build();
    let client = Client::from_conf(config);
    let table = variable("BENCH_PREFIX") + "dynamo-es";
    let snapshots = variable("BENCH_PREFIX") + "dynamo-es-snapshots";
    let contender = Rc::new(Contender {
        repository: DynamoEventRepository::new(client.clone()).with_tables(&table, &snapshots),
        client,
        table,
        snapshots,
        heads: RefCell::new(HashMap::new()),
    });
    let local = tokio::task::LocalSet::new();
    local.run_until(serve(&contender)).await;
}

async fn serve(contender: &Rc<Contender>) {
    for line in std::io::stdin().lock().lines() {
        let command: Command = serde_json::from_str(&line.unwrap()).unwrap();
        let began = Instant::now();
        let mut answer = match run(contender, &command).await {
            Ok(answer) => answer,
            Err(Failure::Conflict) => json!({"error": "conflict"}),
            Err(Failure::Other(text)) => json!({ "error": text }),
        };
        answer["nanos"] = json!(began.elapsed().as_nanos() as u64);
        println!("{answer}");
        std::io::stdout().flush().unwrap();
    }
}
