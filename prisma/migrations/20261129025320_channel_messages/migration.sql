-- CreateTable
CREATE TABLE "channel_message" (
    "sender" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "signed" TEXT NOT NULL,
    "signatures" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "answer_status" INTEGER NOT NULL,
    "answer_headers" TEXT NOT NULL,
    "answer_body" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "channel_message_pkey" PRIMARY KEY ("sender","id")
);

-- CreateTable
CREATE TABLE "channel_refused" (
    "id" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "sender" TEXT NOT NULL,
    "headers" TEXT NOT NULL,
    "body" BYTEA NOT NULL,
    "trace" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "channel_refused_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "channel_message_received_at_sender_id_idx" ON "channel_message"("received_at" DESC, "sender" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "channel_message_sender_idempotency_key_key" ON "channel_message"("sender", "idempotency_key");

-- CreateIndex
CREATE INDEX "channel_refused_at_id_idx" ON "channel_refused"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "channel_refused_expires_at_idx" ON "channel_refused"("expires_at");
