-- What a message or an act brings about, in the statement that takes it in: all of it, or nothing and the word why. Each kind of write is a function effect_<kind>(what, at, today), which raises SQLSTATE EF001 with one
-- of these words: `again`, somebody else was faster, so it is to be judged anew; `refused:<code>`, what a person or bank is told. Orders of the ledger are posted for all effects together, since that is most of the work; where
-- one of several is refused, nothing is written at all (class 23), and whoever asked sends each effect alone.
CREATE FUNCTION effect_apply(items jsonb, at timestamptz, today date) RETURNS TABLE (item int, outcome text) LANGUAGE plpgsql AS $$
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
BEGIN
  BEGIN
    -- those of one moment in the order of what they touch, so that two statements never wait for each other crosswise
    FOR o IN SELECT * FROM jsonb_to_recordset(items) AS q(n int, lock text, message jsonb, writes jsonb) ORDER BY q.lock, q.n LOOP
      word := 'done';
      booked := '[]';
      IF o.message IS NOT NULL AND EXISTS (SELECT FROM channel_message m WHERE m.sender = o.message->>'sender'
          AND (m.id = o.message->>'id' OR m.idempotency_key = o.message->>'idempotency_key')) THEN
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

-- A bond at its version (0: a new one), the line of what happened, and money beside it, a bond of its own.
CREATE FUNCTION effect_bond(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  b record;
BEGIN
  SELECT * INTO b FROM jsonb_to_record(what) AS q(id text, version int, place_tag text, account_tag text, company_tag text, slot_tag text, sealed text, bidder text, payer text,
    key_tag text, line text, beside jsonb);
  IF b.version = 0 THEN
    INSERT INTO bond (id, version, place_tag, account_tag, company_tag, slot_tag, sealed, bidder, payer)
      VALUES (b.id, 1, b.place_tag, b.account_tag, b.company_tag, b.slot_tag, b.sealed, b.bidder, b.payer);
  ELSE
    UPDATE bond SET version = b.version + 1, place_tag = b.place_tag, company_tag = b.company_tag, slot_tag = b.slot_tag, sealed = b.sealed, bidder = b.bidder, payer = b.payer
      WHERE id = b.id AND version = b.version;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
    END IF;
  END IF;
  IF b.key_tag IS NOT NULL THEN
    INSERT INTO bond_event (bond_id, number, key_tag, sealed) VALUES (b.id, b.version + 1, b.key_tag, b.line);
  END IF;
  IF b.beside IS NOT NULL THEN
    PERFORM effect_bond(b.beside, at, today);
  END IF;
END
$$;

-- A message to a bank, due at once; one that its receiver was told by this key before is not told again.
CREATE FUNCTION effect_outgoing(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE sql AS $$
  INSERT INTO channel_outgoing (id, receiver, idempotency_key, type, schema, body, encryption_key, deadline, created_at, due_at, trace, state, tries)
    SELECT id, receiver, idempotency_key, type, schema, body, encryption_key, deadline, created_at, created_at, trace, 'waiting', 0
    FROM jsonb_to_record(what) AS q(id text, receiver text, idempotency_key text, type text, schema text, body text, encryption_key text, deadline timestamptz, created_at timestamptz, trace text)
    ON CONFLICT DO NOTHING
$$;

-- what is sealed does not shrink: nobody tries to
ALTER TABLE "bond" ALTER COLUMN "sealed" SET STORAGE EXTERNAL, ALTER COLUMN "bidder" SET STORAGE EXTERNAL, ALTER COLUMN "payer" SET STORAGE EXTERNAL;
ALTER TABLE "bond_event" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;
