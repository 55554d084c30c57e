-- CreateTable
CREATE TABLE "bid_upload" (
    "envelope" TEXT NOT NULL,
    "opening_id" TEXT NOT NULL,
    "uscc" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bid_upload_pkey" PRIMARY KEY ("envelope")
);

-- CreateIndex
CREATE INDEX "bid_upload_opening_id_uscc_idx" ON "bid_upload"("opening_id", "uscc");

-- CreateIndex
CREATE INDEX "bid_upload_expires_at_idx" ON "bid_upload"("expires_at");

-- CreateIndex
CREATE INDEX "bid_uscc_idx" ON "bid"("uscc");

-- CreateIndex
CREATE INDEX "bid_opening_center_opens_at_id_idx" ON "bid_opening"("center", "opens_at", "id");
