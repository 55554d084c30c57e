-- CreateTable
CREATE TABLE "channel_outgoing" (
    "id" TEXT NOT NULL,
    "receiver" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "schema" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "encryption_key" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "deadline" TIMESTAMPTZ(3),
    "lease" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "last_failure" TEXT,
    "answer_status" INTEGER,
    "answer_headers" TEXT,
    "answer_body" TEXT,
    "note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "done_at" TIMESTAMPTZ(3),
    "trace" TEXT NOT NULL,

    CONSTRAINT "channel_outgoing_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "channel_outgoing_state_due_at_idx" ON "channel_outgoing"("state", "due_at");

-- CreateIndex
CREATE INDEX "channel_outgoing_receiver_created_at_id_idx" ON "channel_outgoing"("receiver", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "channel_outgoing_receiver_idempotency_key_key" ON "channel_outgoing"("receiver", "idempotency_key");
