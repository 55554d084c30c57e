-- AlterTable
ALTER TABLE "seal_task" ADD COLUMN     "over_told" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "seal_upload" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seal_upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "seal_verification" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seal_verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "seal_news" (
    "id" BIGSERIAL NOT NULL,
    "event" TEXT NOT NULL,
    "client_id" TEXT,
    "enterprise_id" TEXT,
    "subject" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "seal_news_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "seal_webhook" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "events" TEXT[],
    "secrets" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seal_webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "seal_delivery" (
    "id" TEXT NOT NULL,
    "webhook_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "last_status" INTEGER,
    "last_error" TEXT,
    "trace" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seal_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "seal_upload_client_id_created_at_id_idx" ON "seal_upload"("client_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "seal_upload_expires_at_idx" ON "seal_upload"("expires_at");

-- CreateIndex
CREATE INDEX "seal_verification_client_id_created_at_id_idx" ON "seal_verification"("client_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "seal_verification_expires_at_idx" ON "seal_verification"("expires_at");

-- CreateIndex
CREATE INDEX "seal_webhook_client_id_idx" ON "seal_webhook"("client_id");

-- CreateIndex
CREATE INDEX "seal_delivery_webhook_id_created_at_id_idx" ON "seal_delivery"("webhook_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "seal_delivery_expires_at_idx" ON "seal_delivery"("expires_at");

-- CreateIndex
CREATE INDEX "consent_client_id_idx" ON "consent"("client_id");

-- CreateIndex
CREATE INDEX "seal_task_over_told_state_ends_at_idx" ON "seal_task"("over_told", "state", "ends_at");
