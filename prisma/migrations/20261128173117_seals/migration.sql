-- CreateTable
CREATE TABLE "seal" (
    "id" TEXT NOT NULL,
    "enterprise_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "under" TEXT,
    "number" TEXT,
    "owner_id" TEXT,
    "applicant_id" TEXT NOT NULL,
    "picture" TEXT NOT NULL,
    "picture_digest" TEXT NOT NULL,
    "png" TEXT NOT NULL,
    "png_digest" TEXT NOT NULL,
    "wanted" TEXT[],
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "edition" INTEGER NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_until" TIMESTAMPTZ(3) NOT NULL,
    "integrity" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "seal_edition" (
    "seal_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "es_id" TEXT NOT NULL,
    "der" TEXT NOT NULL,
    "maker" TEXT NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_until" TIMESTAMPTZ(3) NOT NULL,
    "made_at" TIMESTAMPTZ(3) NOT NULL,
    "superseded_at" TIMESTAMPTZ(3),

    CONSTRAINT "seal_edition_pkey" PRIMARY KEY ("seal_id","number")
);

-- CreateTable
CREATE TABLE "seal_certificate" (
    "seal_id" TEXT NOT NULL,
    "edition" INTEGER NOT NULL,
    "thumbprint" TEXT NOT NULL,
    "membership_id" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "not_after" TIMESTAMPTZ(3) NOT NULL,
    "current" BOOLEAN NOT NULL,
    "warned" INTEGER NOT NULL DEFAULT 1000,

    CONSTRAINT "seal_certificate_pkey" PRIMARY KEY ("seal_id","edition","thumbprint")
);

-- CreateTable
CREATE TABLE "seal_shield" (
    "thumbprint" TEXT NOT NULL,
    "der" TEXT NOT NULL,
    "presented_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seal_shield_pkey" PRIMARY KEY ("thumbprint")
);

-- CreateTable
CREATE TABLE "seal_step" (
    "seal_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "edition" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "membership_id" TEXT,
    "person_name" TEXT NOT NULL,
    "reason" TEXT,
    "text" TEXT,
    "cms" TEXT,
    "thumbprint" TEXT,
    "trace" TEXT NOT NULL,

    CONSTRAINT "seal_step_pkey" PRIMARY KEY ("seal_id","version")
);

-- CreateIndex
CREATE INDEX "seal_enterprise_id_created_at_id_idx" ON "seal"("enterprise_id", "created_at" DESC, "id");

-- CreateIndex
CREATE INDEX "seal_state_valid_from_idx" ON "seal"("state", "valid_from");

-- CreateIndex
CREATE INDEX "seal_state_valid_until_idx" ON "seal"("state", "valid_until");

-- CreateIndex
CREATE UNIQUE INDEX "seal_edition_es_id_key" ON "seal_edition"("es_id");

-- CreateIndex
CREATE INDEX "seal_certificate_thumbprint_current_idx" ON "seal_certificate"("thumbprint", "current");

-- CreateIndex
CREATE INDEX "seal_certificate_membership_id_current_idx" ON "seal_certificate"("membership_id", "current");

-- CreateIndex
CREATE INDEX "seal_certificate_current_not_after_idx" ON "seal_certificate"("current", "not_after");
