-- CreateTable
CREATE TABLE "data_consent" (
    "id" TEXT NOT NULL,
    "uscc" TEXT NOT NULL,
    "company_name" TEXT NOT NULL,
    "enterprise_id" TEXT NOT NULL,
    "membership_id" TEXT NOT NULL,
    "person_name" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "data_set" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "project" TEXT,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_until" TIMESTAMPTZ(3) NOT NULL,
    "max_uses" INTEGER,
    "used" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "cms" TEXT NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "withdrawn_at" TIMESTAMPTZ(3),
    "withdrawn_by" TEXT,
    "trace" TEXT NOT NULL,

    CONSTRAINT "data_consent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "data_use" (
    "consent_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "uscc" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "data_set" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "project" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "data_use_pkey" PRIMARY KEY ("consent_id","number")
);

-- CreateTable
CREATE TABLE "credit_subject" (
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credit_subject_pkey" PRIMARY KEY ("kind","subject")
);

-- CreateTable
CREATE TABLE "credit_fact" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "source_key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "value" BIGINT,
    "title" TEXT NOT NULL,
    "project" TEXT,
    "document" TEXT,
    "happened_on" TEXT NOT NULL,
    "effective_from" TEXT NOT NULL,
    "min_until" TEXT NOT NULL,
    "max_until" TEXT NOT NULL,
    "evidence" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "cms" TEXT,
    "thumbprint" TEXT,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "credit_fact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credit_fact_step" (
    "fact_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "why" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "credit_fact_step_pkey" PRIMARY KEY ("fact_id","number")
);

-- CreateTable
CREATE TABLE "credit_standing" (
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "report" TEXT NOT NULL,
    "score" INTEGER NOT NULL,
    "most" INTEGER NOT NULL,
    "day" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "inputs" TEXT NOT NULL,

    CONSTRAINT "credit_standing_pkey" PRIMARY KEY ("kind","subject","report")
);

-- CreateTable
CREATE TABLE "credit_score" (
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "report" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "score" INTEGER NOT NULL,
    "model" TEXT NOT NULL,

    CONSTRAINT "credit_score_pkey" PRIMARY KEY ("kind","subject","report","day")
);

-- CreateTable
CREATE TABLE "credit_report" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "report" TEXT NOT NULL,
    "recipient" TEXT,
    "project" TEXT,
    "purpose" TEXT,
    "consent_id" TEXT,
    "use_number" INTEGER,
    "document" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "inputs" TEXT NOT NULL,
    "fact_ids" TEXT[],
    "at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,
    "recalled_at" TIMESTAMPTZ(3),

    CONSTRAINT "credit_report_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credit_recall" (
    "id" TEXT NOT NULL,
    "fact_id" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "reports" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "trace" TEXT NOT NULL,

    CONSTRAINT "credit_recall_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credit_model" (
    "report" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "body" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credit_model_pkey" PRIMARY KEY ("report","revision")
);

-- CreateIndex
CREATE INDEX "data_consent_uscc_recipient_data_set_purpose_idx" ON "data_consent"("uscc", "recipient", "data_set", "purpose");

-- CreateIndex
CREATE INDEX "data_consent_uscc_created_at_id_idx" ON "data_consent"("uscc", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "data_use_recipient_reference_key" ON "data_use"("recipient", "reference");

-- CreateIndex
CREATE INDEX "credit_subject_due_at_idx" ON "credit_subject"("due_at");

-- CreateIndex
CREATE INDEX "credit_fact_kind_subject_max_until_idx" ON "credit_fact"("kind", "subject", "max_until");

-- CreateIndex
CREATE UNIQUE INDEX "credit_fact_source_source_key_key" ON "credit_fact"("source", "source_key");

-- CreateIndex
CREATE INDEX "credit_report_kind_subject_at_idx" ON "credit_report"("kind", "subject", "at");

-- what the schema cannot say
ALTER TABLE "data_consent" ADD CONSTRAINT "data_consent_uses" CHECK (used >= 0 AND (max_uses IS NULL OR used <= max_uses));
ALTER TABLE "data_consent" ADD CONSTRAINT "data_consent_state" CHECK (state = 'in-force' AND withdrawn_at IS NULL OR state = 'withdrawn' AND withdrawn_at IS NOT NULL);
ALTER TABLE "credit_subject" ADD CONSTRAINT "credit_subject_kind" CHECK (kind IN ('tenderer', 'bidder', 'agent', 'expert'));
ALTER TABLE "credit_fact" ADD CONSTRAINT "credit_fact_state" CHECK (state IN ('in-force', 'disputed', 'repaired', 'recalled'));
ALTER TABLE "credit_fact" ADD CONSTRAINT "credit_fact_span" CHECK (effective_from <= min_until AND min_until <= max_until);
CREATE INDEX "credit_recall_due" ON "credit_recall" (created_at, id) WHERE sent_at IS NULL;
CREATE INDEX "credit_recall_due_of" ON "credit_recall" (recipient, created_at, id) WHERE sent_at IS NULL;
-- a center looks after appeals against its own facts
CREATE INDEX "credit_fact_disputed" ON "credit_fact" (source, id) WHERE state = 'disputed';

-- uses, steps and formulas are only ever added to
CREATE FUNCTION credit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'this record is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER data_use_append_only BEFORE UPDATE OR DELETE ON "data_use" FOR EACH ROW EXECUTE FUNCTION credit_append_only();
CREATE TRIGGER credit_fact_step_append_only BEFORE UPDATE OR DELETE ON "credit_fact_step" FOR EACH ROW EXECUTE FUNCTION credit_append_only();
CREATE TRIGGER credit_model_append_only BEFORE UPDATE OR DELETE ON "credit_model" FOR EACH ROW EXECUTE FUNCTION credit_append_only();

-- of a consent only its uses and its withdrawal change, of a fact only its state, of a report only that it was recalled; what is withdrawn or repaired stays so
CREATE FUNCTION credit_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
  becomes jsonb;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'this record stays' USING ERRCODE = 'insufficient_privilege';
  END IF;
  becomes := to_jsonb(NEW);
  -- the trigger's arguments: the columns that may change, and the states in which they may
  IF becomes - string_to_array(TG_ARGV[0], ',') <> was - string_to_array(TG_ARGV[0], ',')
     OR (TG_ARGV[1] <> '' AND NOT was->>'state' = ANY (string_to_array(TG_ARGV[1], ',')))
     OR (was ? 'used' AND (becomes->>'used')::int < (was->>'used')::int) THEN
    RAISE EXCEPTION 'these terms do not change' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER data_consent_terms BEFORE UPDATE OR DELETE ON "data_consent" FOR EACH ROW EXECUTE FUNCTION credit_terms_stay('used,state,withdrawn_at,withdrawn_by', 'in-force');
CREATE TRIGGER credit_fact_terms BEFORE UPDATE OR DELETE ON "credit_fact" FOR EACH ROW EXECUTE FUNCTION credit_terms_stay('state,version', 'in-force,disputed');
CREATE TRIGGER credit_report_terms BEFORE UPDATE OR DELETE ON "credit_report" FOR EACH ROW EXECUTE FUNCTION credit_terms_stay('recalled_at', '');
