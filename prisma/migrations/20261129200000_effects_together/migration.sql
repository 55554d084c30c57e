-- AlterTable
ALTER TABLE "channel_message" DROP CONSTRAINT "channel_message_pkey",
ADD CONSTRAINT "channel_message_pkey" PRIMARY KEY ("id", "sender");

-- DropIndex
DROP INDEX "channel_message_sender_idempotency_key_key";

-- CreateIndex
CREATE UNIQUE INDEX "channel_message_idempotency_key_sender_key" ON "channel_message"("idempotency_key", "sender");

-- By hand from here on.

-- Effects and orders of one moment are written together where they do not touch each other, since a statement for each of them is most of the work. What an effect or an order means is as it was: those that somebody was
-- faster with, that are refused, or that touch the same rows, are each for itself.
CREATE OR REPLACE FUNCTION effect_apply(items jsonb, at timestamptz, today date) RETURNS TABLE (item int, outcome text) LANGUAGE plpgsql
-- every row here is found by a key: a plan made while the tables were empty would read them, or an index, whole later
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  o record;
  w record;
  taken text;
  booked jsonb;
  orders jsonb := '[]';
  posted record;
  numbers int[] := '{}';
  outcomes text[] := '{}';
  word text;
  -- effects that are written together, and their bonds
  plain int[];
  bonds text[];
  changed int;
BEGIN
  BEGIN
    -- Most effects are a message that is not known, bonds, and messages to banks: these are written together. Where one of them does not go through, and for all others, each effect is for itself.
    SELECT coalesce(array_agg(q.n), '{}') INTO plain FROM jsonb_to_recordset(items) AS q(n int, message jsonb, writes jsonb)
      WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(q.writes) AS w(w) WHERE w->>'kind' NOT IN ('bond', 'outgoing', 'ledger') OR w->'what'->'beside' <> 'null')
        AND (SELECT m.id FROM channel_message m WHERE m.sender = q.message->>'sender' AND m.id = q.message->>'id') IS NULL
        AND (SELECT m.id FROM channel_message m WHERE m.sender = q.message->>'sender' AND m.idempotency_key = q.message->>'idempotency_key') IS NULL;
    -- each table's rows in one order, so that two statements never wait for each other crosswise
    BEGIN
      INSERT INTO channel_message (sender, id, idempotency_key, type, digest, signed, signatures, body, answer_status, answer_headers, answer_body, received_at, trace)
        SELECT m.* FROM jsonb_to_recordset(items) AS q(n int, message jsonb), jsonb_to_record(q.message) AS m(sender text, id text, idempotency_key text, type text, digest text, signed text,
          signatures text, body text, answer_status int, answer_headers text, answer_body text, received_at timestamptz, trace text)
        WHERE q.n = ANY (plain) AND q.message IS NOT NULL ORDER BY m.id;
      SELECT array_agg(w.what->>'id') INTO bonds FROM jsonb_to_recordset(items) AS q(n int, writes jsonb), jsonb_to_recordset(q.writes) AS w(kind text, what jsonb)
        WHERE q.n = ANY (plain) AND w.kind = 'bond';
      PERFORM 1 FROM bond WHERE id = ANY (bonds) ORDER BY id FOR UPDATE;
      WITH b AS MATERIALIZED (
        SELECT b.* FROM jsonb_to_recordset(items) AS q(n int, writes jsonb), jsonb_to_recordset(q.writes) AS w(kind text, what jsonb),
          jsonb_to_record(w.what) AS b(id text, version int, place_tag text, account_tag text, company_tag text, slot_tag text, sealed text, bidder text, payer text, key_tag text, line text)
        WHERE q.n = ANY (plain) AND w.kind = 'bond'
      ), changed AS (
        UPDATE bond SET version = b.version + 1, place_tag = b.place_tag, company_tag = b.company_tag, slot_tag = b.slot_tag, sealed = b.sealed, bidder = b.bidder, payer = b.payer
          FROM b WHERE b.version > 0 AND bond.id = b.id AND bond.version = b.version
          RETURNING 1
      ), made AS (
        INSERT INTO bond (id, version, place_tag, account_tag, company_tag, slot_tag, sealed, bidder, payer)
          SELECT b.id, 1, b.place_tag, b.account_tag, b.company_tag, b.slot_tag, b.sealed, b.bidder, b.payer FROM b WHERE b.version = 0 ORDER BY b.id
          RETURNING 1
      ), told AS (
        INSERT INTO bond_event (bond_id, number, key_tag, sealed) SELECT b.id, b.version + 1, b.key_tag, b.line FROM b WHERE b.key_tag IS NOT NULL ORDER BY b.key_tag
      )
      SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM made) INTO changed;
      -- somebody else was faster with a bond, or two effects here are of one
      IF changed <> cardinality(bonds) THEN
        RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
      END IF;
      INSERT INTO channel_outgoing (id, receiver, idempotency_key, type, schema, body, encryption_key, deadline, created_at, due_at, trace, state, tries)
        SELECT o.id, o.receiver, o.idempotency_key, o.type, o.schema, o.body, o.encryption_key, o.deadline, o.created_at, o.created_at, o.trace, 'waiting', 0
        FROM jsonb_to_recordset(items) AS q(n int, writes jsonb), jsonb_to_recordset(q.writes) AS w(kind text, what jsonb),
          jsonb_to_record(w.what) AS o(id text, receiver text, idempotency_key text, type text, schema text, body text, encryption_key text, deadline timestamptz, created_at timestamptz, trace text)
        WHERE q.n = ANY (plain) AND w.kind = 'outgoing' ORDER BY o.idempotency_key
        ON CONFLICT DO NOTHING;
      SELECT coalesce(jsonb_agg(e.one), '[]') INTO orders
        FROM jsonb_to_recordset(items) AS q(n int, writes jsonb), jsonb_to_recordset(q.writes) AS w(kind text, what jsonb), jsonb_array_elements(w.what) AS e(one)
        WHERE q.n = ANY (plain) AND w.kind = 'ledger';
      numbers := plain;
      outcomes := array_fill('done'::text, ARRAY[cardinality(plain)]);
    EXCEPTION
      WHEN SQLSTATE 'EF001' OR unique_violation THEN
        plain := '{}';
    END;
    -- those of one moment in the order of what they touch, so that two statements never wait for each other crosswise
    FOR o IN SELECT * FROM jsonb_to_recordset(items) AS q(n int, lock text, message jsonb, writes jsonb)
        WHERE q.n = ANY (plain) IS NOT TRUE ORDER BY q.lock, q.n LOOP
      word := 'done';
      booked := '[]';
      IF EXISTS (SELECT FROM channel_message m WHERE m.sender = o.message->>'sender' AND m.id = o.message->>'id')
          OR EXISTS (SELECT FROM channel_message m WHERE m.sender = o.message->>'sender' AND m.idempotency_key = o.message->>'idempotency_key') THEN
        word := 'known';
      ELSE
        BEGIN
          IF o.message IS NOT NULL THEN
            INSERT INTO channel_message (sender, id, idempotency_key, type, digest, signed, signatures, body, answer_status, answer_headers, answer_body, received_at, trace)
              SELECT * FROM jsonb_to_record(o.message) AS m(sender text, id text, idempotency_key text, type text, digest text, signed text, signatures text, body text, answer_status int,
                answer_headers text, answer_body text, received_at timestamptz, trace text);
          END IF;
          FOR w IN SELECT * FROM ROWS FROM (jsonb_to_recordset(o.writes) AS (kind text, what jsonb)) WITH ORDINALITY AS e(kind, what, n) ORDER BY e.n LOOP
            IF w.kind = 'ledger' THEN
              booked := booked || w.what;
            ELSE
              EXECUTE format('SELECT %I($1, $2, $3)', 'effect_' || w.kind) USING w.what, at, today;
            END IF;
          END LOOP;
          orders := orders || booked;
        EXCEPTION
          WHEN SQLSTATE 'EF001' THEN
            word := SQLERRM;
          WHEN unique_violation THEN
            GET STACKED DIAGNOSTICS taken = CONSTRAINT_NAME;
            word := CASE taken WHEN 'bond_event_key_tag_key' THEN 'counted' ELSE 'again' END;
        END;
      END IF;
      numbers := numbers || o.n;
      outcomes := outcomes || word;
    END LOOP;
    IF jsonb_array_length(orders) > 0 THEN
      FOR posted IN SELECT * FROM ledger_post(orders, at, today) LOOP
        IF posted.outcome NOT IN ('posted', 'same') THEN
          RAISE EXCEPTION 'refused:%', posted.outcome USING ERRCODE = 'EF001';
        END IF;
      END LOOP;
    END IF;
  EXCEPTION
    WHEN SQLSTATE 'EF001' THEN
      IF cardinality(numbers) > 1 THEN
        RAISE EXCEPTION 'one of several effects: %', SQLERRM USING ERRCODE = '23EF1';
      END IF;
      outcomes := ARRAY[SQLERRM];
  END;
  RETURN QUERY SELECT * FROM unnest(numbers, outcomes);
END
$$;

CREATE OR REPLACE FUNCTION ledger_post(orders jsonb, at timestamptz, today date)
RETURNS TABLE (item int, outcome text, journal bigint, booked_at timestamptz, booked_on date)
LANGUAGE plpgsql
-- every row here is found by a key: a plan made while the tables were empty would read them, or an index, whole later
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  o record;
  other record;
  closed date;
  -- the hold that is ended or the journal that is taken back, and its movement
  related bigint;
  moving text;
  ids bigint[];
  sides text[];
  amounts bigint[];
  elsewhere boolean;
  -- the orders that were written together
  keys text[];
  numbers int[];
  journals bigint[];
  days date[];
BEGIN
  PERFORM pg_advisory_xact_lock_shared(72707, 371);
  closed := (SELECT max(day) FROM ledger_day);

  INSERT INTO ledger_account (kind, owner, bank, currency, side)
    SELECT DISTINCT ON (e.owner, e.kind) e.kind, e.owner, e.bank, 'CNY', e.normal
    FROM jsonb_to_recordset(orders) AS q(phase text, entries jsonb), jsonb_to_recordset(q.entries) AS e(kind text, owner text, bank text, normal text)
    WHERE q.phase IN ('post', 'hold') AND NOT EXISTS (SELECT FROM ledger_account a WHERE a.owner = e.owner AND a.kind = e.kind)
    ORDER BY e.owner, e.kind
    ON CONFLICT (owner, kind) DO NOTHING;
  SELECT array_agg(named.id) INTO ids FROM (
    SELECT a.id FROM jsonb_to_recordset(orders) AS q(entries jsonb), jsonb_to_recordset(q.entries) AS e(kind text, owner text)
      JOIN ledger_account a ON a.owner = e.owner AND a.kind = e.kind
    UNION
    SELECT e.account_id FROM jsonb_to_recordset(orders) AS q(hold text, reverses text)
      JOIN ledger_journal j ON j.key = coalesce(q.hold, q.reverses) JOIN ledger_entry e ON e.journal_id = j.id) AS named;
  PERFORM 1 FROM ledger_account WHERE id = ANY (ids) ORDER BY id FOR UPDATE;

  -- Most orders post what is there to accounts that no other order here touches, under a key that nobody used or names: these are written together, since their order does not matter. All others are judged one by one below.
  WITH named AS MATERIALIZED (
    SELECT coalesce(q.hold, q.reverses) AS key FROM jsonb_to_recordset(orders) AS q(hold text, reverses text) WHERE coalesce(q.hold, q.reverses) IS NOT NULL
  ), line AS MATERIALIZED (
    SELECT q.*, e.n AS line, e.side AS turn, e.amount, a.id AS account, a.last_on,
        a.bank = e.bank AND (e.side = a.side OR e.amount <= CASE a.side WHEN 'debit' THEN a.debits_posted - a.credits_posted - a.credits_pending ELSE a.credits_posted - a.debits_posted - a.debits_pending END)
          AND count(*) OVER (PARTITION BY a.id) = 1 AND q.times = 1 AND q.key NOT IN (SELECT o.key FROM named o)
          AND a.id NOT IN (SELECT t.account_id FROM named o JOIN ledger_journal j ON j.key = o.key JOIN ledger_entry t ON t.journal_id = j.id) AS fits
      -- counted before the entries are looked at: an order may have none
      FROM (SELECT *, count(*) OVER (PARTITION BY o.key) AS times FROM ROWS FROM (jsonb_to_recordset(orders) AS (n int, key text, content text, phase text, movement text, value_on date, bank_at timestamptz,
        evidence_kind text, evidence_ref text, evidence_digest text, trace text, entries jsonb))
        WITH ORDINALITY AS o(n, key, content, phase, movement, value_on, bank_at, evidence_kind, evidence_ref, evidence_digest, trace, entries, place)) AS q
      CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(q.entries) AS (kind text, owner text, bank text, side text, amount bigint)) WITH ORDINALITY AS e(kind, owner, bank, side, amount, n)
      LEFT JOIN ledger_account a ON a.owner = e.owner AND a.kind = e.kind
  ), together AS MATERIALIZED (
    SELECT *, CASE WHEN line = 1 THEN nextval('ledger_journal_id_seq') END AS number FROM (
      SELECT *, bool_and(coalesce(fits, false)) OVER one AS all_fit, count(*) OVER one AS lines, greatest(today, closed + 1, max(last_on) OVER one) AS booked
        FROM line WHERE phase = 'post' WINDOW one AS (PARTITION BY place)) AS judged
      WHERE all_fit AND NOT EXISTS (SELECT FROM ledger_journal j WHERE j.key = judged.key)
  ), numbered AS MATERIALIZED (
    SELECT *, max(number) OVER (PARTITION BY place) AS id FROM together
  ), written AS (
    INSERT INTO ledger_journal (id, key, content, phase, movement, entries, booked_at, booked_on, value_on, bank_at, evidence_kind, evidence_ref, evidence_digest, trace)
      SELECT q.id, q.key, q.content, q.phase, q.movement, q.lines, at, q.booked, q.value_on, q.bank_at, q.evidence_kind, q.evidence_ref, q.evidence_digest, q.trace FROM numbered q WHERE q.line = 1
  ), moved AS (
    UPDATE ledger_account a SET version = a.version + 1, last_on = q.booked,
        debits_posted = a.debits_posted + CASE q.turn WHEN 'debit' THEN q.amount ELSE 0 END, credits_posted = a.credits_posted + CASE q.turn WHEN 'credit' THEN q.amount ELSE 0 END
      FROM numbered q WHERE a.id = q.account
      RETURNING q.id AS journal, q.line, q.lines, q.turn, q.amount, q.booked, a.id, a.version, a.debits_posted - a.credits_posted AS balance
  ), entered AS (
    INSERT INTO ledger_entry (journal_id, n, of, account_id, version, side, amount, pending, balance, booked_on)
      SELECT m.journal, m.line, m.lines, m.id, m.version, m.turn, m.amount, false, m.balance, m.booked FROM moved m
  )
  SELECT array_agg(q.key), array_agg(q.n), array_agg(q.id), array_agg(q.booked) INTO keys, numbers, journals, days FROM numbered q WHERE q.line = 1;
  RETURN QUERY SELECT b.n, 'posted', b.id, at, b.day FROM unnest(numbers, journals, days) AS b(n, id, day);

  FOR o IN
    SELECT * FROM jsonb_to_recordset(orders) AS q(n int, key text, content text, phase text, movement text, value_on date, bank_at timestamptz, evidence_kind text,
      evidence_ref text, evidence_digest text, expires_at timestamptz, hold text, outcome text, reverses text, reason text, asked_by text, agreed_by text, trace text, entries jsonb)
    WHERE q.key = ANY (keys) IS NOT TRUE
    ORDER BY q.key, q.n
  LOOP
    item := o.n;
    SELECT j.content = o.content AS same, j.id, j.booked_at, j.booked_on INTO other FROM ledger_journal j WHERE j.key = o.key;
    IF FOUND THEN
      outcome := CASE WHEN other.same THEN 'same' ELSE 'ledger_key_reused' END;
      journal := other.id; booked_at := other.booked_at; booked_on := other.booked_on;
      RETURN NEXT;
      CONTINUE;
    END IF;
    outcome := 'posted'; journal := NULL; booked_at := at; booked_on := NULL;
    related := NULL; moving := o.movement;

    SELECT coalesce(array_agg(a.id ORDER BY e.n), '{}'), coalesce(array_agg(e.side ORDER BY e.n), '{}'), coalesce(array_agg(e.amount ORDER BY e.n), '{}'),
        coalesce(bool_or(a.bank <> e.bank), false)
      INTO ids, sides, amounts, elsewhere
      FROM ROWS FROM (jsonb_to_recordset(o.entries) AS (kind text, owner text, bank text, side text, amount bigint)) WITH ORDINALITY AS e(kind, owner, bank, side, amount, n)
      LEFT JOIN ledger_account a ON a.owner = e.owner AND a.kind = e.kind;
    IF elsewhere THEN
      outcome := 'ledger_account_elsewhere';

    ELSIF o.expires_at <= at THEN
      outcome := 'ledger_hold_expired';

    ELSIF o.phase = 'resolve' THEN
      -- by its key alone: asked for as a hold, a plan that was made while the table was empty reads all holds there ever were
      SELECT j.id, j.phase = 'hold' AS held, j.expires_at <= at AS over, j.movement, r.outcome AS ended INTO other
        FROM ledger_journal j LEFT JOIN ledger_journal r ON r.resolves = j.id WHERE j.key = o.hold;
      IF NOT FOUND OR NOT other.held THEN
        outcome := 'ledger_hold_unknown';
      ELSIF other.ended IS NOT NULL THEN
        outcome := 'ledger_hold_' || other.ended;
      ELSIF other.over <> (o.outcome = 'expired') THEN
        outcome := CASE WHEN other.over THEN 'ledger_hold_expired' ELSE 'ledger_hold_not_expired' END;
      ELSIF o.outcome = 'posted' AND cardinality(ids) = 0 THEN
        SELECT array_agg(e.account_id ORDER BY e.n), array_agg(e.side ORDER BY e.n), array_agg(e.amount ORDER BY e.n)
          INTO ids, sides, amounts FROM ledger_entry e WHERE e.journal_id = other.id;
      ELSIF EXISTS (SELECT FROM unnest(ids, sides, amounts) AS l(id, side, amount)
          WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.journal_id = other.id AND e.account_id = l.id AND e.side = l.side AND e.amount >= l.amount)) THEN
        outcome := 'ledger_hold_exceeded';
      END IF;
      related := other.id; moving := other.movement;

    ELSIF o.phase = 'reverse' THEN
      SELECT j.id, j.movement, r.id AS taken_back INTO other FROM ledger_journal j LEFT JOIN ledger_journal r ON r.reverses = j.id
        WHERE j.key = o.reverses AND (j.phase = 'post' OR (j.phase = 'resolve' AND j.outcome = 'posted'));
      IF NOT FOUND THEN
        outcome := 'ledger_not_reversible';
      ELSIF other.taken_back IS NOT NULL THEN
        outcome := 'ledger_reversed_already';
      ELSE
        SELECT array_agg(e.account_id ORDER BY e.n), array_agg(CASE e.side WHEN 'debit' THEN 'credit' ELSE 'debit' END ORDER BY e.n), array_agg(e.amount ORDER BY e.n)
          INTO ids, sides, amounts FROM ledger_entry e WHERE e.journal_id = other.id;
      END IF;
      related := other.id; moving := other.movement;
    END IF;

    -- what a hold reserved is there
    IF outcome = 'posted' AND o.phase <> 'resolve' AND EXISTS (
        SELECT FROM unnest(ids, sides, amounts) AS l(id, side, amount) JOIN ledger_account a ON a.id = l.id
        WHERE l.side <> a.side AND l.amount > CASE a.side WHEN 'debit' THEN a.debits_posted - a.credits_posted - a.credits_pending
          ELSE a.credits_posted - a.debits_posted - a.debits_pending END) THEN
      outcome := 'ledger_insufficient';
    END IF;
    IF outcome <> 'posted' THEN
      RETURN NEXT;
      CONTINUE;
    END IF;

    booked_on := greatest(today, closed + 1, (SELECT max(a.last_on) FROM ledger_account a WHERE a.id = ANY (ids)));
    INSERT INTO ledger_journal (key, content, phase, movement, entries, booked_at, booked_on, value_on, bank_at, evidence_kind, evidence_ref, evidence_digest, expires_at, resolves, outcome,
        reverses, reason, asked_by, agreed_by, trace)
      VALUES (o.key, o.content, o.phase, moving, cardinality(ids), at, booked_on, o.value_on, o.bank_at,
        o.evidence_kind, o.evidence_ref, o.evidence_digest, o.expires_at, CASE WHEN o.phase = 'resolve' THEN related END, o.outcome,
        CASE WHEN o.phase = 'reverse' THEN related END, o.reason, o.asked_by, o.agreed_by, o.trace)
      RETURNING id INTO journal;
    IF o.phase = 'resolve' THEN
      UPDATE ledger_account a SET debits_pending = a.debits_pending - CASE e.side WHEN 'debit' THEN e.amount ELSE 0 END,
          credits_pending = a.credits_pending - CASE e.side WHEN 'credit' THEN e.amount ELSE 0 END
        FROM ledger_entry e WHERE e.journal_id = related AND a.id = e.account_id;
    END IF;
    WITH moved AS (
      UPDATE ledger_account a SET version = a.version + 1, last_on = booked_on,
          debits_pending = a.debits_pending + CASE WHEN o.phase = 'hold' AND l.side = 'debit' THEN l.amount ELSE 0 END,
          credits_pending = a.credits_pending + CASE WHEN o.phase = 'hold' AND l.side = 'credit' THEN l.amount ELSE 0 END,
          debits_posted = a.debits_posted + CASE WHEN o.phase <> 'hold' AND l.side = 'debit' THEN l.amount ELSE 0 END,
          credits_posted = a.credits_posted + CASE WHEN o.phase <> 'hold' AND l.side = 'credit' THEN l.amount ELSE 0 END
        FROM unnest(ids, sides, amounts) WITH ORDINALITY AS l(id, side, amount, n) WHERE a.id = l.id
        RETURNING l.n, a.id, a.version, l.side, l.amount, a.debits_posted - a.credits_posted AS balance
    )
    INSERT INTO ledger_entry (journal_id, n, of, account_id, version, side, amount, pending, balance, booked_on)
      SELECT journal, m.n, cardinality(ids), m.id, m.version, m.side, m.amount, o.phase = 'hold', m.balance, booked_on FROM moved m;
    RETURN NEXT;
  END LOOP;
END
$$;
