-- CreateTable
CREATE TABLE "enterprise" (
    "id" TEXT NOT NULL,
    "uscc" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "enterprise_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "person" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "id_digest" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bank_credential" (
    "bank" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bank_credential_pkey" PRIMARY KEY ("bank","subject")
);

-- CreateTable
CREATE TABLE "membership" (
    "id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "enterprise_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "suspended" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "shield_certificate" (
    "thumbprint" TEXT NOT NULL,
    "bank" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject_name" TEXT NOT NULL,
    "serial" TEXT NOT NULL,
    "not_before" TEXT NOT NULL,
    "not_after" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shield_certificate_pkey" PRIMARY KEY ("thumbprint")
);

-- CreateTable
CREATE TABLE "shield_binding" (
    "thumbprint" TEXT NOT NULL,
    "enterprise_id" TEXT NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shield_binding_pkey" PRIMARY KEY ("thumbprint","enterprise_id")
);

-- CreateTable
CREATE TABLE "proof" (
    "id" TEXT NOT NULL,
    "membership_id" TEXT NOT NULL,
    "bank" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "bank_session" TEXT,
    "assurance" TEXT NOT NULL,
    "methods" TEXT NOT NULL,
    "authenticated_at" TEXT NOT NULL,
    "certificate" TEXT,
    "trace" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "proof_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "client" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "client_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consent" (
    "membership_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "scopes" TEXT[],
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_pkey" PRIMARY KEY ("membership_id","client_id")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "kid" TEXT NOT NULL,
    "use" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "active_from" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "seq" BIGINT NOT NULL,
    "at" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "trace" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "audit_head" (
    "id" SMALLINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "record" TEXT NOT NULL,
    "interaction" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "login_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "provider_record" (
    "key" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "grant_id" TEXT,
    "consumed_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "provider_record_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "provider_grant" (
    "key" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "grant_id" TEXT,
    "uid" TEXT,
    "account_id" TEXT,
    "consumed_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "provider_grant_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "once_id" (
    "id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "once_id_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trace_step" (
    "id" BIGSERIAL NOT NULL,
    "trace" TEXT NOT NULL,
    "at" TEXT NOT NULL,
    "step" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "trace_step_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "enterprise_uscc_key" ON "enterprise"("uscc");

-- CreateIndex
CREATE UNIQUE INDEX "person_id_digest_key" ON "person"("id_digest");

-- CreateIndex
CREATE INDEX "bank_credential_person_id_idx" ON "bank_credential"("person_id");

-- CreateIndex
CREATE INDEX "membership_enterprise_id_idx" ON "membership"("enterprise_id");

-- CreateIndex
CREATE UNIQUE INDEX "membership_person_id_enterprise_id_key" ON "membership"("person_id", "enterprise_id");

-- CreateIndex
CREATE INDEX "shield_certificate_bank_subject_idx" ON "shield_certificate"("bank", "subject");

-- CreateIndex
CREATE INDEX "shield_binding_enterprise_id_last_seen_at_idx" ON "shield_binding"("enterprise_id", "last_seen_at" DESC);

-- CreateIndex
CREATE INDEX "proof_bank_bank_session_created_at_idx" ON "proof"("bank", "bank_session", "created_at" DESC);

-- CreateIndex
CREATE INDEX "signing_key_use_idx" ON "signing_key"("use");

-- CreateIndex
CREATE INDEX "audit_event_trace_seq_idx" ON "audit_event"("trace", "seq");

-- CreateIndex
CREATE INDEX "login_expires_at_idx" ON "login"("expires_at");

-- CreateIndex
CREATE INDEX "provider_record_grant_id_idx" ON "provider_record"("grant_id");

-- CreateIndex
CREATE INDEX "provider_record_expires_at_idx" ON "provider_record"("expires_at");

-- CreateIndex
CREATE INDEX "provider_grant_grant_id_idx" ON "provider_grant"("grant_id");

-- CreateIndex
CREATE INDEX "provider_grant_uid_idx" ON "provider_grant"("uid");

-- CreateIndex
CREATE INDEX "provider_grant_account_id_idx" ON "provider_grant"("account_id");

-- CreateIndex
CREATE INDEX "provider_grant_expires_at_idx" ON "provider_grant"("expires_at");

-- CreateIndex
CREATE INDEX "once_id_expires_at_idx" ON "once_id"("expires_at");

-- CreateIndex
CREATE INDEX "trace_step_trace_id_idx" ON "trace_step"("trace", "id");

-- CreateIndex
CREATE INDEX "trace_step_expires_at_idx" ON "trace_step"("expires_at");

-- AddForeignKey
ALTER TABLE "bank_credential" ADD CONSTRAINT "bank_credential_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_enterprise_id_fkey" FOREIGN KEY ("enterprise_id") REFERENCES "enterprise"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shield_certificate" ADD CONSTRAINT "shield_certificate_bank_subject_fkey" FOREIGN KEY ("bank", "subject") REFERENCES "bank_credential"("bank", "subject") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shield_binding" ADD CONSTRAINT "shield_binding_thumbprint_fkey" FOREIGN KEY ("thumbprint") REFERENCES "shield_certificate"("thumbprint") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shield_binding" ADD CONSTRAINT "shield_binding_enterprise_id_fkey" FOREIGN KEY ("enterprise_id") REFERENCES "enterprise"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- By hand: what the schema cannot say.

-- Flow state. After a crash of the server these tables are empty: logins under way, codes and access tokens are then unknown and refused, which people and centers mend by asking again;
-- trace steps are help, not evidence. What must not be forgotten (sessions, grants, refresh tokens, one-time ids, proofs, audit) stays logged.
ALTER TABLE "login" SET UNLOGGED;
ALTER TABLE "provider_record" SET UNLOGGED;
ALTER TABLE "trace_step" SET UNLOGGED;

-- Rows that are updated once or twice in their short life: room in the page keeps the indexes untouched.
ALTER TABLE "login" SET (fillfactor = 50);
ALTER TABLE "provider_record" SET (fillfactor = 70);
ALTER TABLE "provider_grant" SET (fillfactor = 70);
ALTER TABLE "audit_head" SET (fillfactor = 10);

-- The chain starts at nothing; appending moves this one row.
INSERT INTO "audit_head" ("id", "seq", "hash") VALUES (1, 0, repeat('0', 64));

-- Audit events are only ever added. Whoever owns the database can lift this; the hash chain shows it.
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON "audit_event" FOR EACH ROW EXECUTE FUNCTION audit_append_only();
