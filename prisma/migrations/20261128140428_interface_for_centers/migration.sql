-- AlterTable
ALTER TABLE "company_entry" ADD COLUMN     "once" TEXT;

-- AlterTable
ALTER TABLE "evidence" ADD COLUMN     "client_id" TEXT;

-- CreateTable
CREATE TABLE "mandate_shown" (
    "mandate_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "mandate_shown_pkey" PRIMARY KEY ("mandate_id","client_id")
);

-- CreateTable
CREATE TABLE "mandate_news" (
    "id" BIGSERIAL NOT NULL,
    "mandate_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "place" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "mandate_news_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "performed_act" (
    "key" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "answer" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "performed_act_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "webhook" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "events" TEXT[],
    "secrets" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "id" TEXT NOT NULL,
    "webhook_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "mandate_id" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "last_status" INTEGER,
    "last_error" TEXT,
    "trace" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "performed_act_expires_at_idx" ON "performed_act"("expires_at");

-- CreateIndex
CREATE INDEX "webhook_client_id_idx" ON "webhook"("client_id");

-- CreateIndex
CREATE INDEX "webhook_delivery_webhook_id_created_at_id_idx" ON "webhook_delivery"("webhook_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "webhook_delivery_expires_at_idx" ON "webhook_delivery"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "company_entry_once_key" ON "company_entry"("once");

-- CreateIndex
CREATE INDEX "company_entry_mandate_id_center_idx" ON "company_entry"("mandate_id", "center");

-- CreateIndex
CREATE INDEX "mandate_chain_idx" ON "mandate" USING GIN ("chain");
