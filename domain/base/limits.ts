/** Every bound of the system, with its unit in its name and its reason beside it. Each is tested at the limit and one past it. */
export const limits = {
  /** Nodes in one DAG. With typical nodes the compressed body stays under `submissionEncodedBytesMax`. */
  dagNodesMax: 20_000,
  /** Canonical JSON of the whole DAG; keeps a worker's peak memory per submission bounded. */
  dagBytesMax: 32 * 1024 * 1024,
  /** Longest chain of dependencies; far longer than in any known strategy, and keeps critical paths reportable. */
  dagDepthMax: 2_000,
  /** Outputs of one DAG, one position for each asset of a large universe: the receipt lists each with its topic, some 120 kB in all. */
  dagOutputsMax: 1_000,
  outputNameCharsMax: 64,
  /** Upstreams of one node. */
  nodeDependenciesMax: 1_000,
  /** Canonical params of one node. */
  nodeParamsBytesMax: 64 * 1024,
  /** Nesting of params; canonicalisation recurses. */
  nodeParamsDepthMax: 64,
  /** UTF-8 bytes of one closed module; the largest of a bundled numerical library has some 600 kB. */
  moduleBytesMax: 1024 * 1024,
  /** UTF-8 bytes of all modules of a submission; a worker holds them in memory, and one payload takes about 2 MB of them compressed. */
  modulesBytesMax: 32 * 1024 * 1024,
  /** Modules and schemas that travel with the start of a submission, and are stored by its registration: one transaction. */
  startTextsMax: 200,
  /** UTF-16 units of these texts. A longer text takes one transaction of its own. */
  startTextUnitsMax: 512 * 1024,
  /** Modules and schemas of one run of add-artifacts. */
  artifactPartTextsMax: 2_000,
  /** Characters of the list of what one module reads of its dependencies: names of `nodeDependenciesMax` inputs. */
  codeInputsCharsMax: 512 * 1024,
  /** Signatures of one module in a submission. */
  codeSignaturesMax: 8,
  /** Signatures of one module in the graph. */
  storedSignaturesMax: 64,
  /** Characters of the list of the fields of one schema. */
  schemaFieldsCharsMax: 64 * 1024,
  nodeTagsMax: 64,
  /** Tags of one node in the graph, from all submissions that brought it: every event about the set of its tags names all of them. */
  nodeTagsTotalMax: 128,
  /** Tags that one submission adds to nodes of the graph: its commit writes all of them in one transaction, 10,000 in some 2.5 s. */
  submissionTagsAddedMax: 10_000,
  tagCharsMax: 128,
  /** node_type, schema_compat_id, code_hash, name and similar short fields. */
  fieldCharsMax: 256,
  /** Whole seconds; ten years. */
  intervalSecondsMax: 315_360_000,
  /** Whole bars. */
  periodBarsMax: 1_000_000,
  strategyIdCharsMax: 128,
  worldIdCharsMax: 128,
  asOfCharsMax: 128,
  /** A version label; it is part of every topic name and must leave room for the rest. */
  versionCharsMax: 48,
  /** Kafka's own limit on a topic name. */
  topicNameCharsMax: 249,
  /** One Temporal payload after compression; the server refuses 2 MiB. */
  submissionEncodedBytesMax: 2_050_000,
  /** Entries of a queue map in a receipt on the wire; larger maps are paged. */
  queueMapEntriesMax: 100,
  /** UTF-16 units of the tags that a receipt on the wire lists; with more its queue map is paged. */
  queueMapTagUnitsMax: 64 * 1024,
  /** Queues listed in one control event; a larger set is announced without them and read over the API. */
  eventQueuesMax: 1_000,
  /** Problems listed in one answer; the rest is counted. */
  problemsMax: 200,
  /** Items of one API page. */
  pageItemsMax: 500,
  pageItemsDefault: 50,
  /** UTF-16 units of the modules of one answer of the API; the first is included whatever its size. */
  codePerAnswerUnitsMax: 2 * 1024 * 1024,
  /** Ids in one `?ids=` read; keeps the request line under Node's header limit of 16 KiB. */
  idsPerReadMax: 100,
  /** Generations of one node's queue in one namespace: `_g` and its number are at most 9 characters of a topic name. */
  queueGenerationsMax: 9_999_999,
  /** Topics of one CreateTopics request. */
  topicsPerRequestMax: 500,
  /** Topics of the first request of a step; it grows while the brokers answer quickly (`nextRequestSize`). */
  topicsFirstRequest: 100,
  /** New nodes from which a submission is compared with the room of the brokers before anything is written. */
  roomCheckNodesMin: 1_000,
  /**
   * Partition replicas per broker; a topic that would exceed it is refused. Each replica keeps two index files mapped, and Linux
   * allows a process 65,530 maps: past about 32,000 a broker crashes. Enough for one submission of `dagNodesMax` new nodes.
   */
  brokerReplicasMax: 25_000,
  /** Events published at once. */
  outboxBatchMax: 500,
  /** Bytes of the events published at once: 20 of the largest, each with `eventQueuesMax` queues. */
  outboxBatchBytesMax: 4 * 1024 * 1024,
  /** Activations of commits from which one transaction finds the changed sets. */
  activationsBatchMax: 200,
  /** Tag queries that one transaction compares with activations; a single one may take several transactions. */
  activationQueriesMax: 1_000,
  /** Sets announced in one transaction, each with up to `eventQueuesMax` queues. */
  setsBatchMax: 50,
  /** Pause between two announcements of one set: changes in between are announced together. */
  setAnnouncementPauseMs: 250,
  /** Submissions listed as the cause of one announcement of a set. */
  setSubmissionsMax: 500,
  /** Versions listed with their strategy, of which a page has many. */
  versionsPerStrategyMax: 100,
  /** Message of a failed activity: a history keeps it for each attempt. */
  failureMessageCharsMax: 4_000,
  /** Details of a workflow for operators, which Temporal shows in its UI. */
  currentDetailsCharsMax: 16_000,
  /** Names that a message lists; it says how many there are beside. */
  namesInMessageMax: 5,
  /** Requests of the topic admin log that are kept while their outcomes are looked for. */
  topicRequestsOpenMax: 10_000,
  /** Leaves room for the names that a prefix precedes: Kafka allows 249 characters. */
  topicPrefixCharsMax: 200,
  /** Parked events that one call retries or drops. */
  redriveIdsMax: 500,
} as const;

/** The bounds of a check; tests and benchmarks pass their own. */
export type Limits = { readonly [K in keyof typeof limits]: number };
