-- CreateTable
CREATE TABLE "remote_key" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "person_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "totp_step" BIGINT NOT NULL,
    "serial" TEXT,
    "not_after" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" TEXT,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "remote_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "remote_request" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "center" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "remote_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "remote_signing" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "remote_signing_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "remote_key_serial_key" ON "remote_key"("serial");

-- CreateIndex
CREATE INDEX "remote_key_person_id_created_at_idx" ON "remote_key"("person_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "remote_key_revoked_at_not_after_idx" ON "remote_key"("revoked_at", "not_after");

-- CreateIndex
CREATE INDEX "remote_request_person_id_created_at_id_idx" ON "remote_request"("person_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "remote_request_center_created_at_id_idx" ON "remote_request"("center", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "remote_request_expires_at_idx" ON "remote_request"("expires_at");

-- CreateIndex
CREATE INDEX "remote_signing_person_id_created_at_idx" ON "remote_signing"("person_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "remote_signing_expires_at_idx" ON "remote_signing"("expires_at");
