-- CreateTable
CREATE TABLE "bid_step_untold" (
    "seq" BIGINT NOT NULL,

    CONSTRAINT "bid_step_untold_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "bid_webhook" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "events" TEXT[],
    "secrets" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bid_webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bid_delivery" (
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

    CONSTRAINT "bid_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "bid_webhook_client_id_idx" ON "bid_webhook"("client_id");

-- CreateIndex
CREATE INDEX "bid_delivery_webhook_id_created_at_id_idx" ON "bid_delivery"("webhook_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "bid_delivery_expires_at_idx" ON "bid_delivery"("expires_at");
