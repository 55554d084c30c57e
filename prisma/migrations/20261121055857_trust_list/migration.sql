-- CreateTable
CREATE TABLE "trust_head" (
    "id" SMALLINT NOT NULL,
    "version" INTEGER NOT NULL,
    "turn" INTEGER NOT NULL,

    CONSTRAINT "trust_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trust_version" (
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,
    "approved_by" TEXT,
    "why" TEXT NOT NULL,
    "proposal" TEXT,
    "summary" TEXT NOT NULL,
    "audited" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "trust_version_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "trust_ca" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "body" TEXT,

    CONSTRAINT "trust_ca_pkey" PRIMARY KEY ("id","version")
);

-- CreateTable
CREATE TABLE "trust_proposal" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "why" TEXT NOT NULL,
    "changes" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "version" INTEGER,

    CONSTRAINT "trust_proposal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "known_certificate" (
    "thumbprint" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "serial" TEXT NOT NULL,
    "subject_name" TEXT NOT NULL,
    "uscc" TEXT,
    "ca_id" TEXT,
    "not_after" TIMESTAMPTZ(3) NOT NULL,
    "algorithm" TEXT NOT NULL,
    "imported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "known_certificate_pkey" PRIMARY KEY ("thumbprint")
);

-- CreateTable
CREATE TABLE "import_checkpoint" (
    "source" TEXT NOT NULL,
    "done" INTEGER NOT NULL,
    "counts" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "import_checkpoint_pkey" PRIMARY KEY ("source")
);

-- CreateIndex
CREATE INDEX "trust_version_at_idx" ON "trust_version"("at");

-- CreateIndex
CREATE INDEX "trust_ca_version_idx" ON "trust_ca"("version");

-- CreateIndex
CREATE INDEX "trust_proposal_state_created_at_idx" ON "trust_proposal"("state", "created_at");

-- CreateIndex
CREATE INDEX "trust_proposal_digest_idx" ON "trust_proposal"("digest");

-- CreateIndex
CREATE INDEX "known_certificate_uscc_idx" ON "known_certificate"("uscc");

-- CreateIndex
CREATE INDEX "known_certificate_not_after_idx" ON "known_certificate"("not_after");

-- CreateIndex
CREATE UNIQUE INDEX "known_certificate_issuer_serial_key" ON "known_certificate"("issuer", "serial");

-- By hand: what the schema cannot say.

-- The history of the trust list is only ever added to: what a version said is what a signature of its time is judged by.
CREATE FUNCTION trust_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the history of the trust list is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER trust_ca_append_only BEFORE UPDATE OR DELETE ON "trust_ca" FOR EACH ROW EXECUTE FUNCTION trust_append_only();
CREATE TRIGGER trust_version_not_deleted BEFORE DELETE ON "trust_version" FOR EACH ROW EXECUTE FUNCTION trust_append_only();
