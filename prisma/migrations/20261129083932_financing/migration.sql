-- CreateTable
CREATE TABLE "deal" (
    "id" TEXT NOT NULL,
    "company_tag" TEXT NOT NULL,
    "number_tag" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "deal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deal_flow" (
    "deal_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "key_tag" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "deal_flow_pkey" PRIMARY KEY ("deal_id","number")
);

-- CreateTable
CREATE TABLE "financing" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "company_tag" TEXT NOT NULL,
    "source_tag" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "financing_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "financing_case" (
    "code_tag" TEXT NOT NULL,
    "financing_id" TEXT NOT NULL,

    CONSTRAINT "financing_case_pkey" PRIMARY KEY ("code_tag")
);

-- CreateTable
CREATE TABLE "financing_event" (
    "financing_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "key_tag" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "financing_event_pkey" PRIMARY KEY ("financing_id","number")
);

-- CreateIndex
CREATE UNIQUE INDEX "deal_number_tag_key" ON "deal"("number_tag");

-- CreateIndex
CREATE INDEX "deal_company_tag_id_idx" ON "deal"("company_tag", "id");

-- CreateIndex
CREATE UNIQUE INDEX "deal_flow_key_tag_key" ON "deal_flow"("key_tag");

-- CreateIndex
CREATE INDEX "financing_company_tag_id_idx" ON "financing"("company_tag", "id");

-- CreateIndex
CREATE INDEX "financing_source_tag_id_idx" ON "financing"("source_tag", "id");

-- CreateIndex
CREATE UNIQUE INDEX "financing_event_key_tag_key" ON "financing_event"("key_tag");

-- what the schema cannot say: deals, flows and events are only ever added to
CREATE TRIGGER deal_append_only BEFORE UPDATE OR DELETE ON "deal" FOR EACH ROW EXECUTE FUNCTION bond_append_only();
CREATE TRIGGER deal_flow_append_only BEFORE UPDATE OR DELETE ON "deal_flow" FOR EACH ROW EXECUTE FUNCTION bond_append_only();
CREATE TRIGGER financing_event_append_only BEFORE UPDATE OR DELETE ON "financing_event" FOR EACH ROW EXECUTE FUNCTION bond_append_only();

-- what is sealed does not shrink: nobody tries to
ALTER TABLE "deal" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;
ALTER TABLE "deal_flow" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;
ALTER TABLE "financing" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;
ALTER TABLE "financing_event" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;

-- A deal; one whose number was reported meanwhile is judged anew.
CREATE FUNCTION effect_deal(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deal (id, company_tag, number_tag, sealed)
    SELECT id, company_tag, number_tag, sealed FROM jsonb_to_record(what) AS q(id text, company_tag text, number_tag text, sealed text);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
END
$$;

-- A bank is told of a deal: once; of two at once one is judged anew.
CREATE FUNCTION effect_deal_flow(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deal_flow (deal_id, number, key_tag, sealed)
    SELECT q.deal_id, 1 + (SELECT count(*) FROM deal_flow f WHERE f.deal_id = q.deal_id), q.key_tag, q.sealed
    FROM jsonb_to_record(what) AS q(deal_id text, key_tag text, sealed text);
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
END
$$;

-- An application at its version (0: a new one, with its banks' codes) and the lines of what happened, each of which counts one version. A code that was taken is drawn again; an event that counts for another application is refused.
CREATE FUNCTION effect_financing(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  f record;
  taken text;
BEGIN
  SELECT * INTO f FROM jsonb_to_record(what) AS q(id text, version int, company_tag text, source_tag text, sealed text, codes jsonb, lines jsonb);
  IF f.version = 0 THEN
    INSERT INTO financing (id, version, company_tag, source_tag, sealed) VALUES (f.id, jsonb_array_length(f.lines), f.company_tag, f.source_tag, f.sealed);
    INSERT INTO financing_case (code_tag, financing_id) SELECT code, f.id FROM jsonb_array_elements_text(f.codes) AS code;
  ELSE
    UPDATE financing SET version = f.version + jsonb_array_length(f.lines), sealed = f.sealed WHERE id = f.id AND version = f.version;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
    END IF;
  END IF;
  INSERT INTO financing_event (financing_id, number, key_tag, sealed)
    SELECT f.id, f.version + l.n, l.line->>'key_tag', l.line->>'sealed' FROM jsonb_array_elements(f.lines) WITH ORDINALITY AS l(line, n);
EXCEPTION WHEN unique_violation THEN
  GET STACKED DIAGNOSTICS taken = CONSTRAINT_NAME;
  IF taken = 'financing_event_key_tag_key' AND f.version > 0 THEN
    RAISE EXCEPTION 'refused:financing_event_conflict' USING ERRCODE = 'EF001';
  END IF;
  RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
END
$$;
