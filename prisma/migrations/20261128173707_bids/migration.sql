-- CreateTable
CREATE TABLE "bid_opening" (
    "id" TEXT NOT NULL,
    "center" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "opens_at" TIMESTAMPTZ(3) NOT NULL,
    "decrypt_by" TIMESTAMPTZ(3) NOT NULL,
    "settled" BOOLEAN NOT NULL,
    "body" TEXT NOT NULL,

    CONSTRAINT "bid_opening_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bid" (
    "opening_id" TEXT NOT NULL,
    "uscc" TEXT NOT NULL,
    "envelope" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(3),
    "body" TEXT NOT NULL,

    CONSTRAINT "bid_pkey" PRIMARY KEY ("opening_id","uscc")
);

-- CreateTable
CREATE TABLE "bid_certificate" (
    "thumbprint" TEXT NOT NULL,
    "envelope" TEXT NOT NULL,

    CONSTRAINT "bid_certificate_pkey" PRIMARY KEY ("thumbprint","envelope")
);

-- CreateTable
CREATE TABLE "bid_step" (
    "seq" BIGSERIAL NOT NULL,
    "opening_id" TEXT NOT NULL,
    "uscc" TEXT,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,
    "facts" TEXT NOT NULL,
    "trace" TEXT NOT NULL,

    CONSTRAINT "bid_step_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "bid_step_new" (
    "seq" BIGINT NOT NULL,

    CONSTRAINT "bid_step_new_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "bid_rescue" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "touched" TIMESTAMPTZ(3) NOT NULL,
    "body" TEXT NOT NULL,

    CONSTRAINT "bid_rescue_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bid_rescue_share" (
    "ticket_id" TEXT NOT NULL,
    "place" INTEGER NOT NULL,
    "custodian" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "bid_rescue_share_pkey" PRIMARY KEY ("ticket_id","place")
);

-- CreateTable
CREATE TABLE "bid_notice" (
    "key" TEXT NOT NULL,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "bid_notice_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "bid_opening_state_opens_at_id_idx" ON "bid_opening"("state", "opens_at", "id");

-- CreateIndex
CREATE INDEX "bid_opening_settled_state_decrypt_by_idx" ON "bid_opening"("settled", "state", "decrypt_by");

-- CreateIndex
CREATE UNIQUE INDEX "bid_envelope_key" ON "bid"("envelope");

-- CreateIndex
CREATE INDEX "bid_opening_id_state_uscc_idx" ON "bid"("opening_id", "state", "uscc");

-- CreateIndex
CREATE INDEX "bid_state_since_idx" ON "bid"("state", "since");

-- CreateIndex
CREATE INDEX "bid_step_opening_id_seq_idx" ON "bid_step"("opening_id", "seq");

-- CreateIndex
CREATE INDEX "bid_step_opening_id_uscc_seq_idx" ON "bid_step"("opening_id", "uscc", "seq");

-- CreateIndex
CREATE INDEX "bid_rescue_state_touched_idx" ON "bid_rescue"("state", "touched");

-- CreateIndex
CREATE UNIQUE INDEX "bid_rescue_share_ticket_id_by_key" ON "bid_rescue_share"("ticket_id", "by");

-- By hand: what the schema cannot say.

-- What happened in an opening is only ever added to.
CREATE FUNCTION bid_step_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the steps of an opening are append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER bid_step_append_only BEFORE UPDATE OR DELETE ON "bid_step" FOR EACH ROW EXECUTE FUNCTION bid_step_append_only();
