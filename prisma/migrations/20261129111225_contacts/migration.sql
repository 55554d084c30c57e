-- CreateTable
CREATE TABLE "contact_address" (
    "membership_id" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "confirmed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "contact_address_pkey" PRIMARY KEY ("membership_id","channel")
);

-- CreateTable
CREATE TABLE "contact_code" (
    "id" TEXT NOT NULL,
    "membership_id" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "tries" INTEGER NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "contact_code_pkey" PRIMARY KEY ("membership_id","channel")
);

-- CreateTable
CREATE TABLE "contact_allowance" (
    "key" TEXT NOT NULL,
    "used" INTEGER NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "contact_allowance_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "contact_message" (
    "id" TEXT NOT NULL,
    "membership_id" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "about" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "last_status" INTEGER,
    "last_error" TEXT,
    "trace" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "touched_at" TIMESTAMPTZ(3) NOT NULL,
    "useful_until" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "contact_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "contact_code_expires_at_idx" ON "contact_code"("expires_at");

-- CreateIndex
CREATE INDEX "contact_allowance_expires_at_idx" ON "contact_allowance"("expires_at");

-- CreateIndex
CREATE INDEX "contact_message_membership_id_created_at_id_idx" ON "contact_message"("membership_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "contact_message_state_touched_at_idx" ON "contact_message"("state", "touched_at");

-- CreateIndex
CREATE INDEX "contact_message_expires_at_idx" ON "contact_message"("expires_at");
