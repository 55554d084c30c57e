-- CreateTable
CREATE TABLE "ledger_account" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "bank" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "side" TEXT NOT NULL,
    "debits_pending" BIGINT NOT NULL DEFAULT 0,
    "credits_pending" BIGINT NOT NULL DEFAULT 0,
    "debits_posted" BIGINT NOT NULL DEFAULT 0,
    "credits_posted" BIGINT NOT NULL DEFAULT 0,
    "version" BIGINT NOT NULL DEFAULT 0,
    "last_on" DATE NOT NULL DEFAULT '0001-01-01'::date,

    CONSTRAINT "ledger_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_journal" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "movement" TEXT NOT NULL,
    "entries" INTEGER NOT NULL,
    "booked_at" TIMESTAMPTZ(3) NOT NULL,
    "booked_on" DATE NOT NULL,
    "value_on" DATE NOT NULL,
    "bank_at" TIMESTAMPTZ(3),
    "evidence_kind" TEXT NOT NULL,
    "evidence_ref" TEXT NOT NULL,
    "evidence_digest" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "resolves" BIGINT,
    "outcome" TEXT,
    "reverses" BIGINT,
    "reason" TEXT,
    "asked_by" TEXT,
    "agreed_by" TEXT,
    "trace" TEXT NOT NULL,

    CONSTRAINT "ledger_journal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "journal_id" BIGINT NOT NULL,
    "n" INTEGER NOT NULL,
    "of" INTEGER NOT NULL,
    "account_id" BIGINT NOT NULL,
    "version" BIGINT NOT NULL,
    "side" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "pending" BOOLEAN NOT NULL,
    "balance" BIGINT NOT NULL,
    "booked_on" DATE NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("journal_id","n")
);

-- CreateTable
CREATE TABLE "ledger_block" (
    "number" BIGINT NOT NULL,
    "last_id" BIGINT NOT NULL,
    "journals" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "sealed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_block_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "ledger_day" (
    "day" DATE NOT NULL,
    "last_id" BIGINT NOT NULL,
    "closed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_day_pkey" PRIMARY KEY ("day")
);

-- CreateIndex
CREATE INDEX "ledger_account_bank_kind_idx" ON "ledger_account"("bank", "kind");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_account_owner_kind_key" ON "ledger_account"("owner", "kind");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_journal_key_key" ON "ledger_journal"("key");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_journal_resolves_key" ON "ledger_journal"("resolves");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_journal_reverses_key" ON "ledger_journal"("reverses");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_journal_id_entries_key" ON "ledger_journal"("id", "entries");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_entry_account_id_version_key" ON "ledger_entry"("account_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_block_last_id_key" ON "ledger_block"("last_id");

-- AddForeignKey
ALTER TABLE "ledger_journal" ADD CONSTRAINT "ledger_journal_resolves_fkey" FOREIGN KEY ("resolves") REFERENCES "ledger_journal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "ledger_journal" ADD CONSTRAINT "ledger_journal_reverses_fkey" FOREIGN KEY ("reverses") REFERENCES "ledger_journal"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_journal_id_of_fkey" FOREIGN KEY ("journal_id", "of") REFERENCES "ledger_journal"("id", "entries") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_account"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- By hand from here on: what the schema cannot say.

ALTER TABLE "ledger_account"
  ADD CHECK ("kind" IN ('settlement', 'suspense', 'bond', 'interest', 'forfeited', 'performance', 'fee')),
  ADD CHECK ("side" = CASE WHEN "kind" = 'settlement' THEN 'debit' ELSE 'credit' END),
  ADD CHECK ("currency" = 'CNY'),
  ADD CHECK ("debits_pending" >= 0 AND "credits_pending" >= 0 AND "debits_posted" >= 0 AND "credits_posted" >= 0),
  -- never negative, and what is reserved is there
  ADD CONSTRAINT "ledger_account_covered" CHECK (CASE "side" WHEN 'debit' THEN "debits_posted" - "credits_posted" >= "credits_pending"
    ELSE "credits_posted" - "debits_posted" >= "debits_pending" END),
  SET (fillfactor = 70);

ALTER TABLE "ledger_journal"
  ADD CHECK ("phase" IN ('post', 'hold', 'resolve', 'reverse')),
  ADD CHECK ("entries" >= 2 OR ("entries" = 0 AND "phase" = 'resolve' AND "outcome" IN ('voided', 'expired'))),
  ADD CHECK (("phase" = 'hold') = ("expires_at" IS NOT NULL)),
  ADD CHECK (("phase" = 'resolve') = ("resolves" IS NOT NULL) AND ("phase" = 'resolve') = ("outcome" IS NOT NULL)),
  ADD CHECK ("outcome" IN ('posted', 'voided', 'expired')),
  ADD CHECK (("phase" = 'reverse') = ("reverses" IS NOT NULL)),
  -- two persons take a journal back, and say why
  ADD CHECK ("phase" <> 'reverse' OR ("reason" IS NOT NULL AND "asked_by" IS NOT NULL AND "agreed_by" IS NOT NULL AND "asked_by" <> "agreed_by"));

ALTER TABLE "ledger_entry"
  ADD CHECK ("n" BETWEEN 1 AND "of"),
  ADD CHECK ("side" IN ('debit', 'credit')),
  ADD CHECK ("amount" > 0);

-- holds that are open for the longest time first
CREATE INDEX "ledger_journal_hold_idx" ON "ledger_journal" ("expires_at", "id") WHERE "phase" = 'hold';

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER ledger_journal_append_only BEFORE UPDATE OR DELETE ON "ledger_journal" FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_journal_kept BEFORE TRUNCATE ON "ledger_journal" FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON "ledger_entry" FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_kept BEFORE TRUNCATE ON "ledger_entry" FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_block_append_only BEFORE UPDATE OR DELETE ON "ledger_block" FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_block_kept BEFORE TRUNCATE ON "ledger_block" FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_day_append_only BEFORE UPDATE OR DELETE ON "ledger_day" FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_day_kept BEFORE TRUNCATE ON "ledger_day" FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_account_kept BEFORE DELETE ON "ledger_account" FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_account_all_kept BEFORE TRUNCATE ON "ledger_account" FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_account_same BEFORE UPDATE ON "ledger_account" FOR EACH ROW
  WHEN ((OLD."id", OLD."kind", OLD."owner", OLD."bank", OLD."currency", OLD."side") IS DISTINCT FROM (NEW."id", NEW."kind", NEW."owner", NEW."bank", NEW."currency", NEW."side"))
  EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_account_begins_empty BEFORE INSERT ON "ledger_account" FOR EACH ROW
  WHEN (NEW."version" <> 0 OR NEW."debits_posted" <> 0 OR NEW."credits_posted" <> 0 OR NEW."debits_pending" <> 0 OR NEW."credits_pending" <> 0)
  EXECUTE FUNCTION ledger_append_only();

-- Sealing takes this lock alone and everybody who writes a journal shares it, so that no number below the last one of a block is still under way.
CREATE FUNCTION ledger_writing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(72707, 371);
  RETURN NULL;
END
$$;
-- before the first row is made, and so before its number is drawn
CREATE TRIGGER ledger_journal_writing BEFORE INSERT ON "ledger_journal" FOR EACH STATEMENT EXECUTE FUNCTION ledger_writing();

-- The last journal below which none is under way. Whoever writes waits for it as long as those before it take, and no longer than the limit.
CREATE FUNCTION ledger_settled() RETURNS bigint LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(72707, 371);
  RETURN coalesce((SELECT max(id) FROM ledger_journal), 0);
END
$$;

-- Closes a day: from here on nothing is booked on it. False where it is closed already.
CREATE FUNCTION ledger_close(closing date, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  settled bigint := ledger_settled();
BEGIN
  INSERT INTO ledger_day (day, last_id, closed_at) SELECT closing, settled, at WHERE NOT EXISTS (SELECT FROM ledger_day WHERE day >= closing);
  RETURN FOUND;
END
$$;

-- Judged at commit, whoever wrote: a journal has all its entries, and they balance for each owner.
CREATE FUNCTION ledger_journal_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  seen record;
BEGIN
  -- the owner by a subquery, so that no plan ever reads an index whole to join
  SELECT coalesce(sum(entries), 0) AS entries, coalesce(sum(accounts), 0) AS accounts, coalesce(bool_and(fitting), true) AS fitting, coalesce(bool_and(off = 0), true) AS balanced INTO seen FROM (
    SELECT count(*) AS entries, count(DISTINCT account_id) AS accounts, bool_and(pending = (NEW.phase = 'hold')) AS fitting, sum(CASE side WHEN 'debit' THEN amount ELSE -amount END) AS off
    FROM (SELECT account_id, pending, side, amount, (SELECT a.owner FROM ledger_account a WHERE a.id = account_id) AS owner FROM ledger_entry WHERE journal_id = NEW.id) AS e
    GROUP BY owner) AS owners;
  IF seen.entries <> NEW.entries OR seen.accounts <> NEW.entries OR NOT seen.fitting THEN
    RAISE EXCEPTION 'journal % is not whole', NEW.id USING ERRCODE = 'check_violation';
  ELSIF NOT seen.balanced THEN
    RAISE EXCEPTION 'journal % does not balance', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER ledger_journal_whole AFTER INSERT ON "ledger_journal" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_journal_whole();

-- Judged at commit, whoever wrote: what an account says was posted moves by an entry, and is what that entry says.
CREATE FUNCTION ledger_account_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM ledger_entry WHERE account_id = NEW.id AND version = NEW.version AND balance = NEW.debits_posted - NEW.credits_posted;
  IF NOT FOUND OR NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'account % does not follow its entries', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER ledger_account_follows AFTER UPDATE ON "ledger_account" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD."version", OLD."debits_posted", OLD."credits_posted") IS DISTINCT FROM (NEW."version", NEW."debits_posted", NEW."credits_posted"))
  EXECUTE FUNCTION ledger_account_follows();

-- Posts orders, each for itself: one that is refused changes nothing and does not touch its neighbours. An order is an object with the columns of a journal (of which hold and reverses name a key) and its
-- entries. Accounts are made and then locked in one order, before any key is looked at; so two statements at once wait in a circle only where one key is used for different things, which the database undoes and the caller sends again; and whoever holds an order's accounts sees all that
-- was decided about them. `at` is the time by the caller's clock, by which a hold has or has not ended, and `today` its accounting day. Answers posted, same (it was posted before) or the code of the refusal.
CREATE FUNCTION ledger_post(orders jsonb, at timestamptz, today date)
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

  FOR o IN
    SELECT * FROM jsonb_to_recordset(orders) AS q(n int, key text, content text, phase text, movement text, value_on date, bank_at timestamptz, evidence_kind text,
      evidence_ref text, evidence_digest text, expires_at timestamptz, hold text, outcome text, reverses text, reason text, asked_by text, agreed_by text, trace text, entries jsonb)
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
      SELECT j.id, j.expires_at <= at AS over, j.movement, r.outcome AS ended INTO other
        FROM ledger_journal j LEFT JOIN ledger_journal r ON r.resolves = j.id WHERE j.key = o.hold AND j.phase = 'hold';
      IF NOT FOUND THEN
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
