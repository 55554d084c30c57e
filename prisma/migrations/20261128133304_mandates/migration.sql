-- AlterTable
ALTER TABLE "enterprise" ADD COLUMN     "legal_representative_id" TEXT;

-- AlterTable
ALTER TABLE "membership" ADD COLUMN     "by_bank" BOOLEAN NOT NULL DEFAULT true;

-- CreateTable
CREATE TABLE "mandate" (
    "id" TEXT NOT NULL,
    "enterprise_id" TEXT NOT NULL,
    "giver_id" TEXT NOT NULL,
    "root_giver_id" TEXT NOT NULL,
    "grantee_person_id" TEXT,
    "grantee_digest" TEXT,
    "chain" TEXT[],
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "place" INTEGER NOT NULL,
    "used_fen" BIGINT NOT NULL,
    "text" TEXT NOT NULL,
    "given_cms" TEXT,
    "accepted_text" TEXT,
    "accepted_cms" TEXT,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_until" TIMESTAMPTZ(3) NOT NULL,
    "integrity" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "mandate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "company_entry" (
    "id" BIGSERIAL NOT NULL,
    "enterprise_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "membership_id" TEXT,
    "person_name" TEXT NOT NULL,
    "act" TEXT,
    "center" TEXT,
    "project" TEXT,
    "section" TEXT,
    "amount_fen" BIGINT,
    "seal" TEXT,
    "power" TEXT,
    "mandate_id" TEXT,
    "place" INTEGER,
    "reference" TEXT,
    "trace" TEXT NOT NULL,

    CONSTRAINT "company_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "evidence" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "cms" TEXT NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "membership_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "evidence_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "mandate_grantee_person_id_enterprise_id_updated_at_idx" ON "mandate"("grantee_person_id", "enterprise_id", "updated_at" DESC);

-- CreateIndex
CREATE INDEX "mandate_grantee_digest_idx" ON "mandate"("grantee_digest");

-- CreateIndex
CREATE INDEX "mandate_enterprise_id_created_at_id_idx" ON "mandate"("enterprise_id", "created_at" DESC, "id");

-- CreateIndex
CREATE INDEX "mandate_valid_until_idx" ON "mandate"("valid_until");

-- CreateIndex
CREATE INDEX "company_entry_enterprise_id_id_idx" ON "company_entry"("enterprise_id", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "company_entry_mandate_id_place_key" ON "company_entry"("mandate_id", "place");

-- CreateIndex
CREATE INDEX "evidence_membership_id_at_idx" ON "evidence"("membership_id", "at" DESC);

-- Where the banks named one legal representative so far, that is who it is; where they named several, the next login tells.
UPDATE "enterprise" e SET "legal_representative_id" = one.id FROM (
  SELECT "enterprise_id", min("id") AS id FROM "membership" WHERE "role" = 'legal-representative' GROUP BY "enterprise_id" HAVING count(*) = 1
) AS one WHERE one."enterprise_id" = e."id";
