-- CreateTable
CREATE TABLE "guarantee" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "place_tag" TEXT NOT NULL,
    "due_tag" TEXT NOT NULL,
    "company_tag" TEXT NOT NULL,
    "bond_tag" TEXT NOT NULL,
    "code_tag" TEXT NOT NULL,
    "verification_tag" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "bidder" TEXT NOT NULL,

    CONSTRAINT "guarantee_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "guarantee_event" (
    "guarantee_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "key_tag" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "guarantee_event_pkey" PRIMARY KEY ("guarantee_id","number")
);

-- CreateIndex
CREATE UNIQUE INDEX "guarantee_place_tag_key" ON "guarantee"("place_tag");

-- CreateIndex
CREATE INDEX "guarantee_due_tag_idx" ON "guarantee"("due_tag");

-- CreateIndex
CREATE UNIQUE INDEX "guarantee_code_tag_key" ON "guarantee"("code_tag");

-- CreateIndex
CREATE UNIQUE INDEX "guarantee_verification_tag_key" ON "guarantee"("verification_tag");

-- CreateIndex
CREATE INDEX "guarantee_company_tag_id_idx" ON "guarantee"("company_tag", "id");

-- CreateIndex
CREATE INDEX "guarantee_bond_tag_id_idx" ON "guarantee"("bond_tag", "id");

-- CreateIndex
CREATE UNIQUE INDEX "guarantee_event_key_tag_key" ON "guarantee_event"("key_tag");

-- what the schema cannot say: events are only ever added to
CREATE TRIGGER guarantee_event_append_only BEFORE UPDATE OR DELETE ON "guarantee_event" FOR EACH ROW EXECUTE FUNCTION bond_append_only();

-- A guarantee at its version (0: a new one) and the lines of what happened, each of which counts one version. A new one whose place or number was taken is drawn again; an event that counts for another guarantee is refused.
CREATE FUNCTION effect_guarantee(what jsonb, at timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  g record;
  taken text;
BEGIN
  SELECT * INTO g FROM jsonb_to_record(what) AS q(id text, version int, place_tag text, due_tag text, company_tag text, bond_tag text, code_tag text, verification_tag text, sealed text, bidder text, lines jsonb);
  IF g.version = 0 THEN
    INSERT INTO guarantee (id, version, place_tag, due_tag, company_tag, bond_tag, code_tag, verification_tag, sealed, bidder)
      VALUES (g.id, jsonb_array_length(g.lines), g.place_tag, g.due_tag, g.company_tag, g.bond_tag, g.code_tag, g.verification_tag, g.sealed, g.bidder);
  ELSE
    UPDATE guarantee SET version = g.version + jsonb_array_length(g.lines), due_tag = g.due_tag, sealed = g.sealed WHERE id = g.id AND version = g.version;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
    END IF;
  END IF;
  INSERT INTO guarantee_event (guarantee_id, number, key_tag, sealed)
    SELECT g.id, g.version + l.n, l.line->>'key_tag', l.line->>'sealed' FROM jsonb_array_elements(g.lines) WITH ORDINALITY AS l(line, n);
EXCEPTION WHEN unique_violation THEN
  GET STACKED DIAGNOSTICS taken = CONSTRAINT_NAME;
  IF taken = 'guarantee_event_key_tag_key' AND g.version > 0 THEN
    RAISE EXCEPTION 'refused:guarantee_event_conflict' USING ERRCODE = 'EF001';
  END IF;
  RAISE EXCEPTION 'again' USING ERRCODE = 'EF001';
END
$$;
