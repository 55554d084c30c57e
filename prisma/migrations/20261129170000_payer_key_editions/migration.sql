-- CreateTable
CREATE TABLE "payer_key_edition" (
    "bank" TEXT NOT NULL,
    "edition" INTEGER NOT NULL,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,
    "integrity" TEXT NOT NULL,

    CONSTRAINT "payer_key_edition_pkey" PRIMARY KEY ("bank","edition")
);
