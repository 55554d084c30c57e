-- AlterTable
ALTER TABLE "remote_key" ADD COLUMN     "lock_told" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "remote_news" (
    "id" BIGSERIAL NOT NULL,
    "event" TEXT NOT NULL,
    "client_id" TEXT,
    "person_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "remote_news_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "remote_webhook" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "events" TEXT[],
    "secrets" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "remote_webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "remote_delivery" (
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

    CONSTRAINT "remote_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "remote_webhook_client_id_idx" ON "remote_webhook"("client_id");

-- CreateIndex
CREATE INDEX "remote_delivery_webhook_id_created_at_id_idx" ON "remote_delivery"("webhook_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "remote_delivery_expires_at_idx" ON "remote_delivery"("expires_at");

-- what the schema cannot say: what is still open, by its end, is all that the chore looks at
CREATE INDEX "remote_request_open_ends_at_idx" ON "remote_request"("ends_at") WHERE "state" = 'open';
CREATE INDEX "remote_key_active_not_after_idx" ON "remote_key"("not_after") WHERE "state" = 'active';
-- what was over before anybody was told of such things is no news
UPDATE "remote_request" SET "state" = 'expired' WHERE "state" = 'open' AND "ends_at" <= now();
UPDATE "remote_key" SET "state" = 'expired' WHERE "state" = 'active' AND "not_after" <= now();
