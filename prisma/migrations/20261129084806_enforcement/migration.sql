-- CreateTable
CREATE TABLE "measure" (
    "id" TEXT NOT NULL,
    "uscc" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "number" TEXT NOT NULL,
    "effect" TEXT NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "until_at" TIMESTAMPTZ(3) NOT NULL,
    "body" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by" TEXT,
    "ended_why" TEXT,

    CONSTRAINT "measure_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bond_alert" (
    "id" TEXT NOT NULL,
    "section_id" TEXT NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "bond_alert_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "measure_source_id_idx" ON "measure"("source", "id");

-- CreateIndex
CREATE INDEX "measure_uscc_recorded_at_id_idx" ON "measure"("uscc", "recorded_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "measure_source_number_key" ON "measure"("source", "number");

-- CreateIndex
CREATE INDEX "bond_alert_section_id_id_idx" ON "bond_alert"("section_id", "id");

-- what the schema cannot say
ALTER TABLE "measure" ADD CONSTRAINT "measure_state" CHECK (state = 'in-force' AND ended_at IS NULL OR state IN ('repaired', 'lifted') AND ended_at IS NOT NULL);
ALTER TABLE "measure" ADD CONSTRAINT "measure_effect" CHECK (effect IN ('refuse', 'flag'));
ALTER TABLE "measure" ADD CONSTRAINT "measure_period" CHECK (from_at < until_at);
-- every login looks here: only what may still count
CREATE INDEX "measure_in_force" ON "measure" (uscc, until_at) WHERE state = 'in-force';
-- of a measure only its end changes, and one that ended stays so
CREATE TRIGGER measure_terms BEFORE UPDATE OR DELETE ON "measure" FOR EACH ROW EXECUTE FUNCTION credit_terms_stay('state,version,ended_at,ended_by,ended_why', 'in-force');
