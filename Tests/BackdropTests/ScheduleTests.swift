import Testing

@testable import Backdrop

@Suite struct ScheduleTests {
  private struct Expected: Decodable {
    let base: Double
    let stepsPerEpoch: Int
    let totalSteps: Int
    let runs: [Run]

    struct Run: Decodable {
      let shape: String
      let every: Int?
      let factor: Double?
      let warmUp: Int
      let learningRates: [Double]
    }
  }

  @Test func learningRatesArePyTorchs() throws {
    let expected = try FixtureFile.decode(Expected.self, "schedules.json")
    #expect(expected.runs.count == 5)
    for run in expected.runs {
      let shape: Schedule.Shape =
        switch run.shape {
        case "step": .step(every: try #require(run.every), factor: try #require(run.factor))
        case "cosine": .cosine
        default: .constant
        }
      let schedule = Schedule(shape, warmUp: run.warmUp)
      #expect(run.learningRates.count == expected.totalSteps)
      for (step, learningRate) in run.learningRates.enumerated() {
        let found = schedule.learningRate(
          base: expected.base, step: step, stepsPerEpoch: expected.stepsPerEpoch, totalSteps: expected.totalSteps)
        // PyTorch computes the cosine by a recurrence, in which rounding errors accumulate.
        #expect(agree(found, learningRate, relative: 1e-12, absolute: 1e-15), "\(run.shape), step \(step)")
      }
    }
  }

  @Test func cosineEndsAtZeroAndStaysThere() {
    let schedule = Schedule(.cosine, warmUp: 3)
    for step in [10, 11, 1000] {
      #expect(schedule.learningRate(base: 1, step: step, stepsPerEpoch: 5, totalSteps: 10) == 0)
    }
  }

  @Test(arguments: [Schedule.Shape.constant, .step(every: 100, factor: 0.5), .cosine])
  func warmUpLongerThanTheTrainingRisesToItsEnd(shape: Schedule.Shape) {
    let learningRates = (0..<10).map {
      Schedule(shape, warmUp: 99).learningRate(base: 1, step: $0, stepsPerEpoch: 5, totalSteps: 10)
    }
    for (step, learningRate) in learningRates.enumerated() {
      #expect(agree(learningRate, Double(step + 1) / 100, relative: 1e-15))
    }
  }

  @Test(arguments: [
    Schedule(.constant, warmUp: -1), Schedule(.step(every: 0, factor: 0.1)), Schedule(.step(every: 1, factor: 0)),
    Schedule(.step(every: 1, factor: -1)), Schedule(.step(every: 1, factor: .nan)),
  ])
  func impossibleSchedulesAreRefused(schedule: Schedule) {
    let error = #expect(throws: BackdropError.self) { try schedule.check() }
    #expect(error?.code == .invalidOptions)
  }
}
